import express, { Router } from 'express';
import { issue } from '../../errors.ts';
import { resolveUnmapped } from '../../pipeline/codes.ts';
import { listCodes } from '../../store/codes.ts';
import type { Door } from '../deps.ts';
import { refuse } from '../reply.ts';
import { principalOf } from '../sign-in/require-scope.ts';

export const EQUIVALENCES = ['equivalent', 'wider', 'narrower', 'inexact', 'unmatched'] as const;

/** The worklist of codes no ConceptMap has a row for; a row given here runs the messages that waited for it. */
export function codeRoutes({ parts, requireScope }: Door): Router {
  const router = Router();
  router.get('/admin/codes', requireScope('samspil/operate'), async (_request, response) => {
    response.json({ codes: await listCodes(parts.db, 1000) });
  });
  router.post(
    '/admin/codes',
    requireScope('samspil/operate'),
    express.json({ limit: '10kb' }),
    async (request, response) => {
      const {
        conceptMap,
        sender,
        system = '',
        code,
        equivalence = 'equivalent',
        targetSystem,
        targetCode,
        targetDisplay,
      } = (request.body ?? {}) as Record<string, unknown>;
      const kind = EQUIVALENCES.find((one) => one === equivalence);
      const texts = [conceptMap, sender, system, code];
      if (
        !kind ||
        !texts.every((text) => typeof text === 'string') ||
        (kind !== 'unmatched' && typeof targetCode !== 'string')
      )
        return refuse(response, [issue('CODES-UNKNOWN')]);
      // a sender's name is a folder's: nothing that could lead elsewhere
      if (!/^[\w-]{1,64}$/.test(String(sender))) return refuse(response, [issue('CODES-UNKNOWN')]);
      const key = {
        conceptMap: String(conceptMap),
        sender: String(sender),
        system: String(system),
        code: String(code),
      };
      const resolution = {
        equivalence: kind,
        ...(typeof targetSystem === 'string' && { targetSystem }),
        ...(typeof targetCode === 'string' && { targetCode }),
        ...(typeof targetDisplay === 'string' && { targetDisplay }),
      };
      const asked = { key, resolution, actor: principalOf(response).client.id, at: parts.now().toISOString() };
      const done = await resolveUnmapped(asked, parts.db, {
        folder: parts.mappings,
        reload: () => parts.library.reload(),
      });
      if (!done.ok) return refuse(response, done.issues);
      parts.offer([...new Set(done.value.lanes)]);
      response.json({ messages: done.value.messages });
    },
  );
  return router;
}
