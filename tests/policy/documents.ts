import { type AgreementDocument, approve } from '../../src/policy/agreement.ts';

/** A complete document, as one on file is: the return of patients with wounds to municipal nursing. */
export const draft: AgreementDocument = {
  id: 'SAAR-2026',
  version: 2,
  title: 'Sårbehandling efter udskrivelse',
  kind: 'standing',
  supersedes: { id: 'SAAR-2026', version: 1 },
  status: 'in-force',
  valid_from: '2026-01-01',
  valid_to: '2026-12-31',
  clusters: null,
  parties: [
    { party: 'region-nord', approval: 'proposed', legal_entity: 'region-nord', sector: 'region', branch: 'health' },
    {
      party: 'aaby-kommune',
      approval: 'proposed',
      legal_entity: 'aaby-kommune',
      sector: 'municipality',
      branch: 'health',
    },
  ],
  actions: ['disclose'],
  legal_basis: ['SL41-2-1'],
  purpose: 'treatment',
  trigger: 'wound-treated',
  deadline_minutes: 240,
  patient_criteria: { min_age: 18 },
  recipients: { hjemmesygepleje: { categories: ['identity', 'findings', 'plan'] } },
  excluded_labels: ['PSY'],
  requires_consent: false,
  minimisation: { free_text: true, attachments: true, identity_elements: ['identifier', 'name'] },
  retention: { months: 60, onward_use: 'Kun til behandling.' },
  log_review: { interval_months: 3 },
  incident_contact: 'sikkerhed@region-nord.example',
  data_controller: 'Den modtagende kommune for det modtagne.',
  joint_controllers: null,
  text: { da: 'Regionen sender sårbeskrivelsen, når såret er behandlet.' },
};

/** The document with the approval of both parties. */
export function approved(document: AgreementDocument): AgreementDocument {
  const by = { by: 'Direktøren', at: '2025-12-13T10:00:00+01:00', reference: 'punkt 7' };
  return document.parties.reduce((now, { party }) => approve(now, { party, ...by })!, document);
}
