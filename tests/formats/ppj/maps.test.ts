import { describeCases } from '../map-cases.ts';

await describeCases('ppj', {
  ppj: 'version of the format',
  'snapshot.unit': 'read from the list of snapshots the record is made of',
});
