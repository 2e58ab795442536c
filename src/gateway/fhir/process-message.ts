import { Router } from 'express';
import type { Door } from '../deps.ts';
import { rawBody, take } from '../messages.ts';

/** `POST /fhir/$process-message`: a FHIR message, answered by the message its standard prescribes (MedCom Acknowledgement). */
export function processMessageRoutes(door: Door): Router {
  const router = Router();
  router.post(
    '/fhir/$process-message',
    door.requireScope('samspil/messages.write'),
    rawBody,
    async (request, response) => {
      const contentType = request.get('content-type') ?? 'application/fhir+json';
      await take(request, response, { door, ownReceipt: true, contentType });
    },
  );
  return router;
}
