/**
 * Posts ADT messages over kept connections and prints `{accepted, seconds, ackMs, sent}`. Arguments: url, token, messages, connections, rate a
 * second (0 = as fast as it goes), first number. Each message is a new stay of one of many patients, with a start of its own.
 */
import { Agent, request } from 'node:http';

const [url = '', token = '', messages = '1000', connections = '16', rate = '0', first = '0'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const total = Number(messages);
const from = Number(first);
const two = (value: number) => String(value).padStart(2, '0');

/** A start that no other message of the run has: one second each from New Year 2025 on. */
function startOf(number: number): Date {
  return new Date(Date.UTC(2025, 0, 1) + number * 1000);
}
function local(date: Date): string {
  return `${date.getUTCFullYear()}${two(date.getUTCMonth() + 1)}${two(date.getUTCDate())}${two(date.getUTCHours())}${two(date.getUTCMinutes())}${two(date.getUTCSeconds())}`;
}
/** Ten thousand synthetic persons of the test kind: serials from 9000. */
function cprOf(number: number): string {
  const person = number % 10_000;
  return `${two((person % 28) + 1)}${two((Math.floor(person / 28) % 12) + 1)}${two(40 + (Math.floor(person / 336) % 30))}9${String(person % 1000).padStart(3, '0')}`;
}
function message(number: number): string {
  const at = `${local(startOf(number))}+0100`;
  const cpr = cprOf(number);
  return [
    `MSH|^~\\&|NORDLUND|NORDLUND|SAMSPIL|SAMSPIL|${at}||ADT^A01|BENCH-${number}|P|2.5`,
    `EVN|A01|${at}`,
    `PID|1||${cpr}^^^CPR^NNDNK||Testesen^Person||19${cpr.slice(4, 6)}${cpr.slice(2, 4)}${cpr.slice(0, 2)}|F|||Prøvevej 1^^Engby^^9991^DK^H^^0991`,
    `PV1|1|I|MED1^^^NORDLUND||||||||||||||||BENCH-${number}^^^NORDLUND|||||||||||||||||||||||||${at}`,
    '',
  ].join('\r');
}

function post(number: number): Promise<number> {
  const body = Buffer.from(message(number));
  const start = performance.now();
  return new Promise((done, fail) => {
    const call = request(
      url,
      {
        method: 'POST',
        agent,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/hl7-v2',
          'content-length': body.length,
        },
      },
      (response) => {
        response.resume();
        response.on('end', () =>
          response.statusCode === 202
            ? done(performance.now() - start)
            : fail(new Error(`HTTP ${response.statusCode}`)),
        );
      },
    );
    call.on('error', fail);
    call.end(body);
  });
}

const ackMs: number[] = [];
const sent: [string, number][] = [];
let next = 0;
const begin = performance.now();
async function sender(): Promise<void> {
  for (let number = next++; number < total; number = next++) {
    const due = Number(rate) > 0 ? begin + (number * 1000) / Number(rate) : 0;
    if (due > performance.now()) await new Promise((wait) => setTimeout(wait, due - performance.now()));
    sent.push([startOf(from + number).toISOString(), Date.now()]);
    ackMs.push(await post(from + number));
  }
}
await Promise.all(Array.from({ length: Number(connections) }, sender));
const seconds = (performance.now() - begin) / 1000;
agent.destroy();
ackMs.sort((a, b) => a - b);
const at = (share: number) =>
  Math.round(ackMs[Math.min(ackMs.length - 1, Math.floor(ackMs.length * share))]! * 10) / 10;
process.stdout.write(JSON.stringify({ accepted: ackMs.length, seconds, ack: { p50: at(0.5), p99: at(0.99) }, sent }));
