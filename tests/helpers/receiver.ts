import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

/**
 * Keeps FHIR messages that tests see leave, in the folder SAMSPIL_EMITTED_DIR names: `.ci/judge-medcom` has them judged.
 */
export function keepEmitted(text: string): void {
  const folder = process.env.SAMSPIL_EMITTED_DIR;
  if (!folder || !text.includes('"type":"message"')) return;
  writeFileSync(`${folder}/${createHash('sha256').update(text).digest('hex').slice(0, 16)}.json`, text);
}

export interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly at: number;
}

export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** How it answers from now on. */
  answer: (request: Received) => Answer | Promise<Answer>;
  /** Waits until it has got `count` requests; throws after `ms`. */
  until(count: number, ms?: number): Promise<readonly Received[]>;
  close(): Promise<void>;
}

/** A real HTTP receiver on the loopback. */
export async function openReceiver(answer: Receiver['answer'] = () => ({ status: 200 }), port = 0): Promise<Receiver> {
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const one = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks), at: Date.now() };
      received.push(one);
      const { status, body, contentType, headers } = await receiver.answer(one);
      keepEmitted(String(one.body));
      if (body) keepEmitted(body);
      response.writeHead(status, { ...headers, ...(contentType && { 'content-type': contentType }) }).end(body);
    });
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    received,
    answer,
    async until(count, ms = 10_000) {
      await eventually(
        () => received.length >= count,
        ms,
        () => `${received.length} of ${count} requests came`,
      );
      return received;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

/** Waits for something to become true. */
export async function eventually(
  check: () => boolean | Promise<boolean>,
  ms = 10_000,
  told: () => string = () => 'it did not come true',
): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (await check()) return;
    await new Promise((wait) => setTimeout(wait, 10));
  }
  if (!(await check())) throw new Error(`after ${ms} ms: ${told()}`);
}
