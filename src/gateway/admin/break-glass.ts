import express, { Router } from 'express';
import { isFault, issue } from '../../errors.ts';
import { readPersonNumber } from '../../fhir/identifiers.ts';
import { declareEmergency } from '../../pipeline/break-glass.ts';
import { audit } from '../../store/audit.ts';
import { openEmergencies, reviewEmergency } from '../../store/emergencies.ts';
import type { Door } from '../deps.ts';
import { UUID } from '../messages.ts';
import { refuse, refuseCode } from '../reply.ts';
import { principalOf } from '../sign-in/require-scope.ts';

const KINDS = ['patient-unreachable', 'patient-agrees'] as const;
const SHORTEST_REASON = 5;

/** Emergency overrides: declared by a client that may, followed up by the protection officer. */
export function breakGlassRoutes({ parts, requireScope }: Door): Router {
  const router = Router();
  const body = express.json({ limit: '10kb' });
  router.post('/admin/break-glass', requireScope('samspil/break-glass'), body, async (request, response) => {
    const { patient, recipient, kind, reason, person, role } = (request.body ?? {}) as Readonly<
      Record<string, unknown>
    >;
    const number = readPersonNumber(String((patient as { value?: unknown } | undefined)?.value ?? ''));
    const known = KINDS.find((one) => one === kind);
    const texts = { recipient, reason, person, role };
    const missing = Object.entries(texts).filter(([, value]) => typeof value !== 'string' || value.trim() === '');
    const issues = [
      ...missing.map(([name]) => issue('EMERGENCY-ELEMENT', name, { element: name })),
      ...(number ? [] : [issue('EMERGENCY-PATIENT', 'patient')]),
      ...(known ? [] : [issue('EMERGENCY-ELEMENT', 'kind', { element: 'kind' })]),
      ...(String(reason ?? '').trim().length < SHORTEST_REASON
        ? [issue('EMERGENCY-REASON', 'reason', { limit: SHORTEST_REASON })]
        : []),
    ];
    if (issues.some(isFault)) return refuse(response, issues);
    const named = texts as Record<keyof typeof texts, string>;
    const declared = await declareEmergency(
      { ...named, patient: number!, kind: known!, client: principalOf(response).client.id },
      parts,
    );
    if (!declared.ok) return refuse(response, declared.issues);
    response.status(201).json(declared.value);
  });
  router.get('/admin/break-glass', requireScope('samspil/dpo'), async (_request, response) => {
    response.json({ open: await openEmergencies(parts.db, 500) });
  });
  router.post('/admin/break-glass/:id/review', requireScope('samspil/dpo'), body, async (request, response) => {
    const { id } = request.params as { id: string };
    const { person, finding, informed } = (request.body ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof person !== 'string' || typeof finding !== 'string' || !person || !finding)
      return refuse(response, [issue('EMERGENCY-ELEMENT', 'finding', { element: 'person, finding' })]);
    const at = parts.now().toISOString();
    const isDone =
      UUID.test(id) && (await reviewEmergency(parts.db, { id, by: person, finding, informed: informed === true, at }));
    if (!isDone) return refuseCode(response, 'DOOR-NOT-FOUND');
    await audit(
      parts.db,
      [
        {
          kind: 'emergency-review',
          actor: principalOf(response).client.id,
          detail: { emergency: id, person, informed: informed === true },
        },
      ],
      at,
    );
    response.json({ id, reviewedAt: at });
  });
  return router;
}
