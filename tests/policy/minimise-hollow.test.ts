import type { Encounter, Patient } from '@medplum/fhirtypes';
import type { Decision } from '../../src/policy/decision.ts';
import { minimise } from '../../src/policy/minimise.ts';

const patient: Patient = { resourceType: 'Patient', id: 'p' };
const stay: Encounter = {
  resourceType: 'Encounter',
  id: 'e',
  status: 'finished',
  class: { code: 'IMP' },
  subject: { reference: 'Patient/p' },
  location: [
    { location: { identifier: { system: 'urn:local', value: 'PSY-3' } }, status: 'completed' },
    { location: { reference: 'Location/l' }, status: 'completed' },
  ],
  diagnosis: [
    { condition: { reference: 'Condition/withheld' }, use: { coding: [{ code: 'DD' }] }, rank: 1 },
    { condition: { reference: 'Condition/withheld' } },
  ],
};
const decision = {
  decision: 'permit',
  disposition: 'send',
  released: ['Patient/p', 'Encounter/e'],
  terms: {
    categories: null,
    free_text: false,
    attachments: false,
    identity_elements: null,
    elements: null,
    kept_labels: [],
  },
} as unknown as Decision;

test('an element that must hold a reference goes with it: nothing hollow is left to tell that something was there', () => {
  const [, made] = minimise(
    [patient, stay, { resourceType: 'Condition', id: 'withheld', subject: stay.subject! }],
    decision,
  );
  expect(made).toMatchObject({ location: [{ location: { reference: 'Location/l' }, status: 'completed' }] });
  expect((made as Encounter).location).toHaveLength(1);
  expect(made).not.toHaveProperty('diagnosis');
});
