import express, { Router } from 'express';
import { REPLAY_STEPS, requeueMessage } from '../../pipeline/replay.ts';
import type { Door } from '../deps.ts';
import { UUID } from '../messages.ts';
import { refuseCode } from '../reply.ts';
import { principalOf } from '../sign-in/require-scope.ts';

/** `POST /admin/messages/{id}/replay {"from": "map"}`: runs a message that stopped or was parked again, from a step on. */
export function replayRoutes({ parts, requireScope }: Door): Router {
  const router = Router();
  router.post(
    '/admin/messages/:id/replay',
    requireScope('samspil/operate'),
    express.json({ limit: '10kb' }),
    async (request, response) => {
      const { id } = request.params as { id: string };
      const from = String((request.body as { from?: unknown } | undefined)?.from ?? 'parse');
      const step = REPLAY_STEPS.find((known) => known === from);
      if (!UUID.test(id)) return refuseCode(response, 'DOOR-NOT-FOUND');
      if (!step) return refuseCode(response, 'REPLAY-STEP', { step: REPLAY_STEPS.join(', ') });
      const asked = { id, from: step, actor: principalOf(response).client.id };
      const outcome = await requeueMessage(asked, parts.db, parts.now().toISOString());
      if (!outcome.ok) return refuseCode(response, outcome.issues[0]!.code);
      parts.offer([outcome.value]);
      response.status(202).set('Location', `/messages/${id}`).json({ id, from: step });
    },
  );
  return router;
}
