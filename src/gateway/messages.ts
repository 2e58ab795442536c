import express, { type Request, type Response, Router } from 'express';
import { receive } from '../pipeline/receive.ts';
import { storyOf } from '../pipeline/story.ts';
import { listMessages, readBody, readMessage } from '../store/messages.ts';
import { clientOf, type Door } from './deps.ts';
import { MAX_BODY, refuseCode } from './reply.ts';
import { principalOf } from './sign-in/require-scope.ts';

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Bytes as they came, whatever their type. */
export const rawBody = express.raw({ type: () => true, limit: MAX_BODY });

export const bodyOf = (request: Request): Uint8Array =>
  Buffer.isBuffer(request.body) ? request.body : new Uint8Array();

/** `POST /messages` in any sender's format, and what became of a message. */
export function messageRoutes(door: Door): Router {
  const { parts, requireScope } = door;
  const router = Router();
  router
    .route('/messages')
    .post(requireScope('samspil/messages.write'), rawBody, async (request, response) => {
      await take(request, response, { door, ownReceipt: wantsOwnReceipt(request) });
    })
    .get(requireScope('samspil/operate', 'samspil/messages.read'), async (request, response) => {
      const { state, before, limit = '50' } = request.query as Record<string, string>;
      const mine = principalOf(response).scopes.includes('samspil/operate')
        ? {}
        : { sender: principalOf(response).client.id };
      const filter = {
        ...mine,
        limit: Math.min(Math.max(Number(limit) || 50, 1), 500),
        ...(state && { state: String(state) }),
        ...(isInstant(before) && { before }),
      };
      response.json({
        messages: (await listMessages(parts.db, filter)).map(
          ({ patientId: _, steps: __, bodyId: ___, controlId: ____, ...row }) => row,
        ),
      });
    });
  router.get(
    '/messages/:id',
    requireScope('samspil/messages.read', 'samspil/operate', 'samspil/dpo'),
    async (request, response) => {
      const { id } = request.params as { id: string };
      const { client, scopes } = principalOf(response);
      const message = UUID.test(id) ? await readMessage(parts.db, id) : undefined;
      const seesAll = scopes.includes('samspil/operate') || scopes.includes('samspil/dpo');
      if (!message || (!seesAll && message.sender !== client.id)) return refuseCode(response, 'DOOR-NOT-FOUND');
      response.json(await storyOf(parts.db, message, seesAll ? 'operator' : 'sender'));
    },
  );
  router.get('/messages/:id/content', requireScope('samspil/payload.read'), async (request, response) => {
    const { id } = request.params as { id: string };
    const message = UUID.test(id) ? await readMessage(parts.db, id) : undefined;
    const bytes = message && (await readBody(parts.db, message.bodyId));
    if (!message || !bytes) return refuseCode(response, 'DOOR-NOT-FOUND');
    response.type('application/octet-stream').set('Cache-Control', 'no-store').send(Buffer.from(bytes));
  });
  return router;
}

const isInstant = (text: string | undefined) => text !== undefined && !Number.isNaN(Date.parse(text));

/** Anything but JSON or "whatever" asks for the format's own acknowledgement. */
function wantsOwnReceipt(request: Request): boolean {
  const accept = request.get('accept') ?? '*/*';
  return !/(^|[,\s])(\*\/\*|application\/(\*|json))/.test(accept);
}

/** Hands a body to the first step and answers with its receipt; shared by every HTTP door that takes messages. */
export async function take(
  request: Request,
  response: Response,
  how: { door: Door; ownReceipt: boolean; contentType?: string },
): Promise<void> {
  const { parts, meters } = how.door;
  const stop = meters.acceptSeconds.startTimer({ door: 'http' });
  const contentType = how.contentType ?? request.get('content-type');
  const receipt = await receive(
    {
      client: clientOf(response, how.door),
      door: 'http',
      bytes: bodyOf(request),
      ownReceipt: how.ownReceipt,
      ...(contentType && { contentType }),
    },
    parts,
  );
  stop();
  meters.received.inc({
    door: 'http',
    format: receipt.format ?? 'unknown',
    outcome: receipt.taken ? 'taken' : 'refused',
  });
  response
    .status(receipt.http)
    .set({ Location: `/messages/${receipt.id}`, 'Content-Type': receipt.contentType })
    .send(Buffer.from(receipt.body));
}
