import { connect } from 'node:net';
import { openTestHub, type TestHub } from '../helpers/hub.ts';
import { adt, BRUNO, NANCY } from '../helpers/messages.ts';
import { eventually } from '../helpers/receiver.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await openTestHub();
});
afterAll(() => hub?.close());

const HL7 = { 'content-type': 'application/hl7-v2' };
const FHIR = { 'content-type': 'application/fhir+json' };

interface Outcome {
  resourceType: string;
  issue: {
    severity: string;
    code: string;
    details?: { coding: { code: string }[] };
    expression?: string[];
    diagnostics?: string;
  }[];
}

const post = (
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = HL7,
  client: Parameters<TestHub['request']>[0] = 'demo-epj',
) => hub.request(client, path, { method: 'POST', headers, body: body as string });

async function story(id: string) {
  return (await (await hub.request('demo-operator', `/messages/${id}`)).json()) as {
    state: string;
    steps: { step: string; issues?: { code: string; place?: string }[] }[];
  };
}

const good = adt({
  event: 'A01',
  id: 'DOOR-0',
  person: NANCY,
  at: '202603100640',
  visit: 'V-300',
  admitted: '202603100635',
});

describe('bad input gets a clear refusal and leaves a trace', () => {
  test.each([
    ['empty bytes', '', 'DOOR-EMPTY'],
    ['truncated header', 'MSH|^~\\&|NORD', undefined],
    ['MSH missing', good.slice(good.indexOf('EVN')), undefined],
    ['unknown event', good.replace('ADT^A01', 'ADT^A99').replace('DOOR-0', 'DOOR-1'), undefined],
    [
      'segment out of place',
      good.replace(/(EVN[^\r]*\r)(PID[^\r]*\r)(PV1[^\r]*\r)/, '$3$2$1').replace('DOOR-0', 'DOOR-2'),
      undefined,
    ],
    ['impossible CPR date', good.replace(NANCY.cpr, '3113489996').replace('DOOR-0', 'DOOR-3'), undefined],
    ['unknown sender', good.replaceAll('NORDLUND', 'ELSEWHERE').replace('DOOR-0', 'DOOR-4'), 'DOOR-SENDER-UNKNOWN'],
    ['not a message at all', 'hello', undefined],
    ['bytes of nothing', '\u0000\u0001\u0002\u0003', undefined],
  ])('%s', async (_name, body, code) => {
    const response = await post('/messages', body);
    const text = await response.text();
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(text).not.toContain('2512489996');
    expect(text).not.toMatch(/\bat .*\.ts/);
    if (code) expect(text).toContain(code);
    const id = response.headers.get('location')!.split('/').at(-1)!;
    expect((await story(id)).state).toBe('refused');
  });

  test('an HL7 refusal is an acknowledgement that names the place', async () => {
    const response = await post('/messages', good.replace(NANCY.cpr, '3113489996').replace('DOOR-0', 'DOOR-5'));
    const ack = await response.text();
    expect(ack).toMatch(/MSA\|A[ER]\|DOOR-5/);
    expect(ack).toMatch(/ERR\|.*PID/);
  });

  test('a body that is too large', async () => {
    const response = await post('/messages', Buffer.alloc(50 * 1024 * 1024, 65));
    expect(response.status).toBe(413);
    expect(((await response.json()) as Outcome).issue[0]!.details!.coding[0]!.code).toBe('DOOR-TOO-LARGE');
  });

  test('deep JSON', async () => {
    const response = await post('/fhir/Encounter', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, FHIR);
    expect([response.status, ((await response.json()) as Outcome).issue[0]!.details!.coding[0]!.code]).toEqual([
      400,
      'DOOR-TOO-DEEP',
    ]);
  });

  test('FHIR with unknown elements names element and rule', async () => {
    const response = await post('/fhir/Encounter', JSON.stringify({ ...encounter('D-1'), shoeSize: 44 }), FHIR);
    const outcome = (await response.json()) as Outcome;
    expect(response.status).toBe(422);
    expect(JSON.stringify(outcome)).toContain('shoeSize');
  });

  test.each([
    'POST /messages',
    'GET /messages/x',
    'POST /fhir/Encounter',
    'GET /fhir/Encounter/x',
    'GET /admin/dead-letters',
    'POST /fhir/$process-message',
    'GET /fhir/Subscription',
  ])('%s without a token', async (route) => {
    const [method, path] = route.split(' ') as [string, string];
    const response = await hub.request(undefined, path, { method });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
  });

  test('a wrong token, and a right one with the wrong scope', async () => {
    const wrong = await fetch(`${hub.hub.baseUrl}/messages`, {
      method: 'POST',
      headers: { authorization: 'Bearer abc.def.ghi' },
      body: good,
    });
    expect(wrong.status).toBe(401);
    expect((await hub.request('demo-epj', '/admin/dead-letters')).status).toBe(403);
    expect((await post('/messages', good, HL7, 'demo-operator')).status).toBe(403);
  });

  test('addresses that are nothing, and methods that are not taken', async () => {
    expect((await hub.request('demo-epj', '/nothing')).status).toBe(404);
    expect((await hub.request('demo-operator', '/messages/not-an-id')).status).toBe(404);
    expect((await hub.request('demo-operator', `/messages/${crypto.randomUUID()}`)).status).toBe(404);
  });
});

describe('health, metrics and discovery need no token', () => {
  test.each(['/health/live', '/health/ready', '/metrics', '/fhir/metadata', '/.well-known/smart-configuration'])(
    '%s',
    async (path) => {
      expect((await hub.request(undefined, path)).status).toBe(200);
    },
  );
});

function encounter(visit: string, more: object = {}) {
  return {
    resourceType: 'Encounter',
    contained: [
      {
        resourceType: 'Patient',
        id: 'p',
        identifier: [{ system: 'urn:oid:1.2.208.176.1.2', value: BRUNO.cpr }],
        name: [{ use: 'official', family: BRUNO.family, given: [BRUNO.given] }],
      },
    ],
    identifier: [{ system: 'urn:oid:1.2.208.176.9.1', value: visit }],
    status: 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    subject: { reference: '#p' },
    period: { start: '2026-03-10T06:35:00+01:00' },
    serviceProvider: { identifier: { system: 'urn:oid:1.2.208.176.1.1', value: '880011000016001' } },
    ...more,
  };
}

describe('a FHIR Encounter with its Patient', () => {
  test('is created, read back by its sender and by nobody else', async () => {
    const response = await post('/fhir/Encounter', JSON.stringify(encounter('F-1')), FHIR);
    const body = (await response.json()) as { id: string; subject: { reference: string }; status: string };
    expect([response.status, body.status]).toEqual([201, 'in-progress']);
    expect(body.subject.reference).toMatch(/^Patient\/[0-9a-f-]{36}$/);
    const again = await hub.request('demo-epj', `/fhir/Encounter/${body.id}`);
    expect([again.status, again.headers.get('etag')]).toEqual([200, 'W/"1"']);
    expect((await hub.request('demo-ambulance', `/fhir/Encounter/${body.id}`)).status).not.toBe(200);
  });

  test('conditional create: the second finds the first', async () => {
    const headers = { ...FHIR, 'if-none-exist': 'identifier=urn:oid:1.2.208.176.9.1|F-2' };
    const first = await post('/fhir/Encounter', JSON.stringify(encounter('F-2')), headers);
    const second = await post('/fhir/Encounter', JSON.stringify(encounter('F-2', { status: 'finished' })), headers);
    const [one, two] = [await first.json(), await second.json()] as { id: string; status: string }[];
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(two).toEqual(one);
  });

  test('an update with a stale version is refused', async () => {
    const created = (await (await post('/fhir/Encounter', JSON.stringify(encounter('F-3')), FHIR)).json()) as {
      id: string;
    };
    const put = (version: string) =>
      hub.request('demo-epj', `/fhir/Encounter/${created.id}`, {
        method: 'PUT',
        headers: { ...FHIR, 'if-match': version },
        body: JSON.stringify(
          encounter('F-3', {
            id: created.id,
            status: 'finished',
            period: { start: '2026-03-10T06:35:00+01:00', end: '2026-03-11T10:00:00+01:00' },
          }),
        ),
      });
    expect((await put('W/"7"')).status).toBe(412);
    expect((await put('W/"1"')).status).toBe(200);
  });

  test('a transaction is all or nothing', async () => {
    const entry = (resource: object, url: string) => ({
      fullUrl: `urn:uuid:${crypto.randomUUID()}`,
      resource,
      request: { method: 'POST', url },
    });
    const patient = entry(
      {
        resourceType: 'Patient',
        identifier: [{ system: 'urn:oid:1.2.208.176.1.2', value: NANCY.cpr }],
        name: [{ use: 'official', family: NANCY.family }],
      },
      'Patient',
    );
    const { contained: _, ...stay } = encounter('F-4');
    const linked = entry({ ...stay, subject: { reference: patient.fullUrl } }, 'Encounter');
    const good = await post(
      '/fhir',
      JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: [patient, linked] }),
      FHIR,
    );
    expect(good.status).toBe(200);
    const bundle = (await good.json()) as { type: string; entry: { response: { status: string; location: string } }[] };
    expect([bundle.type, ...bundle.entry.map(({ response }) => response.status)]).toEqual([
      'transaction-response',
      '201',
      '201',
    ]);
    const broken = entry(
      { ...encounter('F-5'), contained: undefined, subject: { reference: `urn:uuid:${crypto.randomUUID()}` } },
      'Encounter',
    );
    const bad = await post(
      '/fhir',
      JSON.stringify({
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          entry(
            {
              ...stay,
              identifier: [{ system: 'urn:oid:1.2.208.176.9.1', value: 'F-6' }],
              subject: { reference: patient.fullUrl },
            },
            'Encounter',
          ),
          broken,
        ],
      }),
      FHIR,
    );
    expect(bad.status).toBe(422);
    const { rows } = await hub.hub.parts.db.query(`SELECT 1 FROM resource_identifier WHERE value = 'F-6'`);
    expect(rows).toEqual([]);
  });
});

describe('MLLP', () => {
  const frame = (message: string) =>
    Buffer.concat([Buffer.from([0x0b]), Buffer.from(message), Buffer.from([0x1c, 0x0d])]);
  const talk = (chunks: Buffer[], answers: number) =>
    new Promise<string>((done, fail) => {
      const socket = connect(hub.hub.mllpPort!, '127.0.0.1');
      let heard = '';
      socket.on('error', fail);
      socket.on('close', () => done(heard));
      socket.on('data', (chunk) => {
        heard += chunk;
        if (heard.split('\x1c').length > answers) socket.end();
      });
      void (async () => {
        for (const chunk of chunks) {
          socket.write(chunk);
          await new Promise((wait) => setTimeout(wait, 5));
        }
      })();
    });
  const mllp = (id: string) =>
    adt({ event: 'A01', id, person: BRUNO, at: '202603100640', visit: `V-${id}`, admitted: '202603100635' });

  test('one message in many packets, several in one, answered in order', async () => {
    const whole = frame(mllp('MLLP-1'));
    expect(await talk([whole.subarray(0, 5), whole.subarray(5, 40), whole.subarray(40)], 1)).toContain('MSA|AA|MLLP-1');
    const heard = await talk([Buffer.concat([frame(mllp('MLLP-2')), frame(mllp('MLLP-3'))])], 2);
    expect([...heard.matchAll(/MSA\|(\w+)\|([\w-]+)/g)].map((match) => match[0])).toEqual([
      'MSA|AA|MLLP-2',
      'MSA|AA|MLLP-3',
    ]);
  });

  test('a bad message gets its NAK and the connection goes on', async () => {
    const heard = await talk([frame(mllp('MLLP-4').replace('ADT^A01', 'ADT^A99')), frame(mllp('MLLP-5'))], 2);
    expect(heard).toMatch(/MSA\|A[ER]\|MLLP-4[\s\S]*MSA\|AA\|MLLP-5/);
  });

  test('the same message through both doors is one message', async () => {
    expect(await talk([frame(mllp('MLLP-6'))], 1)).toContain('MSA|AA');
    expect((await post('/messages', mllp('MLLP-6'))).status).toBe(202);
    await eventually(async () => {
      const { rows } = await hub.hub.parts.db.query<{ count: string }>(
        `SELECT count(*) FROM message WHERE control_id = 'MLLP-6'`,
      );
      return rows[0]!.count === '1';
    });
  });
});

test('nothing of all this is in the log but codes', () => {
  expect(hub.logged()).not.toMatch(
    new RegExp([NANCY.cpr, BRUNO.cpr, '3113489996', NANCY.family, BRUNO.family].join('|')),
  );
  expect(hub.logged()).not.toContain('"level":50');
});
