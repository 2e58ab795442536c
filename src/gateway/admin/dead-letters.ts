import express, { Router } from 'express';
import { audit } from '../../store/audit.ts';
import { parkedDeliveries, redrive } from '../../store/deliveries.ts';
import type { Door } from '../deps.ts';
import { UUID } from '../messages.ts';
import { principalOf } from '../sign-in/require-scope.ts';

/** Deliveries that somebody has to look at: parked (our side or the recipient's absence) and refused (by the recipient). */
export function deadLetterRoutes({ parts, requireScope }: Door): Router {
  const router = Router();
  router.get('/admin/dead-letters', requireScope('samspil/operate'), async (request, response) => {
    const limit = Math.min(Number(request.query.limit) || 100, 1000);
    response.json({ deliveries: await parkedDeliveries(parts.db, limit) });
  });
  router.post(
    '/admin/dead-letters/redrive',
    requireScope('samspil/operate'),
    express.json({ limit: '1mb' }),
    async (request, response) => {
      const { ids, recipient, reason } = (request.body ?? {}) as {
        ids?: unknown;
        recipient?: unknown;
        reason?: unknown;
      };
      const which = {
        ...(Array.isArray(ids) && { ids: ids.filter((id) => UUID.test(String(id))).map(String) }),
        ...(typeof recipient === 'string' && { recipient }),
        ...(typeof reason === 'string' && { reason }),
      };
      const at = parts.now().toISOString();
      const actor = principalOf(response).client.id;
      const gone = await parts.db.transaction(async (db) => {
        const rows = await redrive(db, which, at);
        await audit(
          db,
          rows.map(({ id }) => ({ kind: 'redriven', actor, deliveryId: id })),
          at,
        );
        return rows;
      });
      parts.offer([...new Set(gone.map(({ lane }) => lane))]);
      response.json({ redriven: gone.map(({ id }) => id) });
    },
  );
  return router;
}
