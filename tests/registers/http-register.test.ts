import { openEgress } from '../../src/channels/egress.ts';
import { openHttpClient } from '../../src/channels/http-client.ts';
import { openHttpRegister } from '../../src/registers/http-register.ts';
import { NANCY } from '../helpers/messages.ts';
import { type Answer, openReceiver } from '../helpers/receiver.ts';
import { type Opened, suite } from './register-suite.ts';

const json = (value: unknown): Answer => ({
  status: 200,
  body: JSON.stringify(value),
  contentType: 'application/json',
});

const FAILURES: Readonly<Record<string, () => Answer | Promise<Answer>>> = {
  status: () => ({ status: 500 }),
  'not-found': () => ({ status: 404 }),
  'not-json': () => ({ status: 200, body: '<html>' }),
  'too-long': () => json({ registrations: [], filling: 'x'.repeat(2 * 1024 * 1024) }),
  hangs: () => new Promise(() => {}),
};

/** The HTTP register before a real service on the loopback. */
async function open(allow: readonly string[] = ['loopback']): Promise<Opened & { heads: () => readonly unknown[] }> {
  const service = await openReceiver();
  let now = Date.now();
  const register = openHttpRegister({
    url: `${service.url}/search`,
    http: openHttpClient({ egress: openEgress({ allow }) }),
    authorization: () => 'Bearer of-the-hub',
    now: () => new Date(now),
    timeoutMs: 300,
    restMs: 5_000,
  });
  return {
    register,
    service: {
      says: (answer) => (service.answer = () => json(answer)),
      async fails(how) {
        if (how === 'gone') await service.close();
        else service.answer = FAILURES[how]!;
      },
      asked: () => service.received.map(({ body }) => JSON.parse(String(body))),
    },
    heads: () => service.received.map(({ url, headers }) => [url, headers.authorization]),
    rest: () => (now += 5_001),
    async close() {
      register.close();
      await service.close();
    },
  };
}

describe('the consent register over HTTP', () => suite(() => open()));

test('the person is in the body and in no address; the token goes along', async () => {
  const opened = await open();
  opened.service.says({ registrations: [] });
  await opened.register.directives(NANCY.cpr);
  expect(opened.service.asked()).toEqual([{ person: NANCY.cpr }]);
  expect(opened.heads()).toEqual([['/search', 'Bearer of-the-hub']]);
  await opened.close();
});

test('an address the hub may not reach is not asked', async () => {
  const opened = await open([]);
  opened.service.says({ registrations: [] });
  expect(await opened.register.directives(NANCY.cpr)).toMatchObject({ ok: false, issues: [{ code: 'REGISTER-AWAY' }] });
  expect(opened.service.asked()).toEqual([]);
  await opened.close();
});
