import { Router } from 'express';
import { tellDecision } from '../../pipeline/story.ts';
import { decisionsOfPatient, readDecision } from '../../store/audit.ts';
import type { Door } from '../deps.ts';
import { UUID } from '../messages.ts';
import { refuseCode } from '../reply.ts';

/** For the protection officer: every decision about one patient (by the hub's own id), permits and denials alike, with its inputs. */
export function decisionRoutes({ parts, requireScope }: Door): Router {
  const router = Router();
  router.get('/admin/decisions', requireScope('samspil/dpo'), async (request, response) => {
    const patient = String(request.query.patient ?? '').replace(/^Patient\//, '');
    if (!UUID.test(patient)) return refuseCode(response, 'DOOR-NOT-FOUND');
    const decisions = await decisionsOfPatient(parts.db, patient, Math.min(Number(request.query.limit) || 100, 1000));
    response.json({ decisions: decisions.map((row) => ({ messageId: row.messageId, ...tellDecision(row) })) });
  });
  router.get('/admin/decisions/:id', requireScope('samspil/dpo'), async (request, response) => {
    const { id } = request.params as { id: string };
    const row = UUID.test(id) ? await readDecision(parts.db, id) : undefined;
    if (!row) return refuseCode(response, 'DOOR-NOT-FOUND');
    response.json({ messageId: row.messageId, ...tellDecision(row), input: (row.content as { input: unknown }).input });
  });
  return router;
}
