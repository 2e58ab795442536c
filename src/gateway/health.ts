import { Router } from 'express';
import type { Door } from './deps.ts';

/** `/health/live`, `/health/ready` and `/metrics`: for operation, without a token and without anything about anybody. */
export function healthRoutes({ parts, meters, ready }: Door): Router {
  const router = Router();
  router.get('/health/live', (_request, response) => {
    response.json({ status: 'live' });
  });
  router.get('/health/ready', async (_request, response) => {
    const database = await parts.db.query('SELECT 1').then(
      () => 'ok',
      () => 'away',
    );
    const isReady = ready() && database === 'ok';
    response
      .status(isReady ? 200 : 503)
      .json({ status: isReady ? 'ready' : 'not ready', database, queue: parts.queue.kind });
  });
  router.get('/metrics', async (_request, response) => {
    response.type(meters.contentType).send(await meters.text());
  });
  return router;
}
