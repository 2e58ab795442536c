import { resolve } from 'node:path';
import type { Bundle, Encounter, MessageHeader, Organization, Patient } from '@medplum/fhirtypes';
import { r4Model } from '../../../src/fhir/model.ts';
import { headerOf, resolve as resolveIn, resourcesOf } from '../../../src/formats/fhir/message-facts.ts';
import { stayEventOf } from '../../../src/formats/fhir/stay-event.ts';
import { formatNamed } from '../../../src/formats/index.ts';
import { readMapFolder } from '../../../src/library/maps.ts';
import { compileLibrary } from '../../../src/mapping/library.ts';
import type { Change } from './stays.ts';
import { hour, play } from './stays.ts';

const sources = await readMapFolder(resolve(import.meta.dirname, '../../../mappings'));
const library = compileLibrary(sources, r4Model());

/** A message as it is stored, by its map. */
function stored(format: string, text: string): Bundle {
  const [reading] = formatNamed(format)!.read(Buffer.from(text)).messages;
  if (!reading?.ok || !library.ok) throw new Error(JSON.stringify(reading?.issues ?? library.issues));
  const { structure, tree } = reading.message;
  const made = library.value.transform(`${format}/${structure}`, tree, { clock: hour(9), seed: 'test' });
  if (!made.ok) throw new Error(JSON.stringify(made.issues));
  return made.value.resource as Bundle;
}

/** What anybody who is told of a stay goes by, whoever told it. */
function facts(bundle: Bundle) {
  const stay = resourcesOf(bundle, 'Encounter')[0] as Encounter;
  const patient = resolveIn(bundle, stay.subject) as Patient;
  const provider = resolveIn(bundle, stay.serviceProvider) as Organization | undefined;
  const header = headerOf(bundle) as MessageHeader;
  const instant = (time: string | undefined) => time && Date.parse(time);
  return {
    type: bundle.type,
    event: header.eventCoding?.code === 'A04' ? 'A01' : header.eventCoding?.code,
    word: stayEventOf(bundle),
    focus: (resolveIn(bundle, header.focus?.[0]) as Encounter).resourceType,
    status: stay.status,
    class: stay.class.code,
    start: instant(stay.period?.start),
    end: instant(stay.period?.end),
    leave: stay.extension?.map(({ url, valuePeriod }) => [url, instant(valuePeriod?.start)]),
    number: patient.identifier?.find(({ system }) => system === 'urn:oid:1.2.208.176.1.2')?.value,
    name: [patient.name?.[0]?.family, ...(patient.name?.[0]?.given ?? [])].join(' '),
    provider: provider?.identifier?.find(({ system }) => system === 'urn:oid:1.2.208.176.1.1')?.value,
  };
}

const adt = (event: string, at: number, pv1: string) =>
  [
    `MSH|^~\\&|EPJ|265161000016000|HUB|HUB|202605040${at}0000||ADT^${event}|${event}${at}|P|2.5`,
    `EVN|${event}|202605040${at}0000||||202605040${at}0000`,
    'PID|1||2512489996^^^CPR||Berggren^Nancy Ann^Test',
    pv1,
  ].join('\r');
const visit = (status: { start?: string; end?: string }) => {
  const fields = Array<string>(46).fill('');
  Object.assign(fields, {
    0: 'PV1',
    1: '1',
    2: 'I',
    3: '^^^265161000016000',
    19: 'B-1',
    44: status.start ?? '',
    45: status.end ?? '',
  });
  return fields.join('|');
};

test.each<[string, readonly Change[], string]>([
  ['an admission', [{ event: 'admit', start: hour(1) }], adt('A01', 1, visit({ start: '20260504010000' }))],
  [
    'a discharge',
    [
      { event: 'admit', start: hour(1) },
      { event: 'discharge', status: 'finished', end: hour(4) },
    ],
    adt('A03', 4, visit({ start: '20260504010000', end: '20260504040000' })),
  ],
  [
    'a leave',
    [
      { event: 'admit', start: hour(1) },
      { event: 'leave', status: 'onleave', leave: { start: hour(3) } },
    ],
    adt('A21', 3, visit({ start: '20260504010000' })),
  ],
])('%s is stored alike, told by HL7 v2 or by HospitalNotification', (_name, steps, hl7) => {
  const notice = play(steps).bundles.at(-1)!;
  const told = facts(stored('fhir', JSON.stringify(notice)));
  expect(told.number).toBe('2512489996');
  expect(told).toEqual(facts(stored('hl7v2', hl7)));
});
