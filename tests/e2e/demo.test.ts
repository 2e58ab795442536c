import { playDemo } from '../../src/cli/demo/play.ts';
import type { Receivers } from '../../src/cli/demo/receivers.ts';
import { readConfig } from '../../src/config.ts';
import { openTestHub, type TestHub } from '../helpers/hub.ts';
import { keepEmitted } from '../helpers/receiver.ts';

let test1: TestHub;
let receivers: Receivers;
let told = '';
const messages: string[] = [];

beforeAll(async () => {
  test1 = await openTestHub();
  const config = readConfig({ SAMSPIL_DATA_DIR: test1.dataDir });
  receivers = await playDemo(test1.hub, {
    config,
    say: (text) => (told += text),
    isEmpty: false,
    onMessage: (text) => messages.push(text),
  });
}, 60_000);
afterAll(async () => {
  await test1?.close();
  await receivers?.close();
});

test('the day is told: what came, what was made of it, who may have it and why, what became of it', () => {
  expect(told).toContain('Nordlund Sygehus admits Nancy');
  expect(told).toMatch(/engby-advis: permit\s+RSL12C/);
  expect(told).toContain('acknowledged');
});

test('one delivery is withheld, with its reason', () => {
  expect(told).toMatch(/: deny\s+SL41-2-1, AGR-OK, DIR-OPT-OUT-RECIPIENT[\s\S]*?outcome +withheld/);
});

test('a diagnosis of psychiatry is left out of what the practice gets', () => {
  expect(told).toContain('permit-with-redaction, without Condition (MIN-LABEL)');
});

test('an impossible person number is refused with its place, and nobody’s number or name is told', () => {
  expect(told).toMatch(/refused +HL7-PERSON-NUMBER at PID-3/);
  expect(told + test1.logged()).not.toMatch(/\b\d{10}\b|Berggren|Elmer|Prøvensen/);
});

test('the municipalities heard of each stay in MedCom messages', () => {
  for (const message of messages) keepEmitted(message);
  const activities = messages.flatMap((text) =>
    [...text.matchAll(/"code":"((?:admit|start|end|discharge)-[\w-]+)"/g)].map((match) => match[1]!),
  );
  expect(new Set(activities)).toEqual(
    new Set([
      'admit-inpatient',
      'admit-emergency',
      'start-leave-inpatient',
      'end-leave-inpatient',
      'discharge-inpatient-home',
    ]),
  );
});

test('a second start does not play the day again', async () => {
  let again = '';
  const second = await playDemo(test1.hub, {
    config: readConfig({ SAMSPIL_DATA_DIR: test1.dataDir }),
    say: (text) => (again += text),
    isEmpty: false,
  });
  await second.close();
  expect(again).toMatch(/Found \d+ messages of earlier starts/);
});
