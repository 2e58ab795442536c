/** Takes MedCom messages and counts them; `GET /count` tells how many and the times from event to arrival. Prints its port. */
import { createServer } from 'node:http';
import type { Bundle, Encounter } from '@medplum/fhirtypes';
import { writeAcknowledgement } from '../../src/formats/fhir/acknowledgement.ts';

const seen = new Map<string, number>();
let repeats = 0;
const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify({ count: seen.size, repeats, arrivals: [...seen] }));
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const original = JSON.parse(Buffer.concat(chunks).toString()) as Bundle;
    const stay = original.entry?.find(({ resource }) => resource?.resourceType === 'Encounter')?.resource as Encounter;
    // the start of a stay is made unique by the load, so that an arrival can be told from its sending
    const key = stay.period?.start ?? '';
    if (seen.has(key)) repeats += 1;
    else seen.set(key, Date.now());
    const ids = { bundle: crypto.randomUUID(), message: crypto.randomUUID() };
    const answer = writeAcknowledgement({ original, code: 'ok', issues: [], ids, now: new Date().toISOString() });
    response.writeHead(200, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(answer));
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port));
