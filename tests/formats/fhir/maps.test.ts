import { describeCases } from '../map-cases.ts';

await describeCases('fhir', {
  type: 'the stored form has a type of its own',
  resourceType: 'says nothing of the content',
  'entry.resource.resourceType': 'says nothing of the content',
  'entry.resource.id': 'a place of the sender’s; the stored resource has one of its own',
  '*meta.profile': 'the stored form claims no MedCom profile',
  '*text.status': 'a narrative is made anew for each receiver',
  '*text.div': 'a narrative is made anew for each receiver, of what they may have',
  'entry.resource.eventCoding.system': 'the event is told in the words of the stored form',
  'entry.resource.identifier.use': 'set anew by the kind of number',
  'entry.request.*': 'how a transaction asks for its resources to be kept is for the door',
});
