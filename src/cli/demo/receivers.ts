import { createServer, type Server } from 'node:http';
import type { Bundle } from '@medplum/fhirtypes';
import { writeAcknowledgement } from '../../formats/fhir/acknowledgement.ts';

/** What the demo's receivers have got, for the story. */
export interface Receivers {
  readonly adviceUrl: string;
  readonly hookUrl: string;
  close(): Promise<void>;
}

/**
 * The municipalities' and the practice's systems, played on the loopback: MedCom messages get an Acknowledgement in the answer,
 * notifications a 204. They stay up while the hub serves, so that the tour's messages arrive too. `onMessage` hears each MedCom message.
 */
export async function openReceivers(
  newId: () => string,
  onMessage: (text: string) => void = () => {},
): Promise<Receivers> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (!request.url?.startsWith('/advis')) return void response.writeHead(204).end();
      const answer = acknowledge(Buffer.concat(chunks), newId);
      for (const message of [Buffer.concat(chunks).toString(), answer]) if (message) onMessage(message);
      response.writeHead(answer ? 200 : 400, { 'content-type': 'application/fhir+json' }).end(answer);
    });
  });
  await listen(server);
  // the hub's own end decides how long the program runs
  server.unref();
  const base = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return {
    adviceUrl: `${base}/advis`,
    hookUrl: `${base}/hook`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function acknowledge(body: Buffer, newId: () => string): string | undefined {
  try {
    const original = JSON.parse(body.toString()) as Bundle;
    const ids = { bundle: newId(), message: newId() };
    const answer = writeAcknowledgement({ original, code: 'ok', issues: [], ids, now: new Date().toISOString() });
    return answer && JSON.stringify(answer);
  } catch {
    return undefined;
  }
}

function listen(server: Server): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', done);
  });
}
