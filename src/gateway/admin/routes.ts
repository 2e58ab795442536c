import { Router } from 'express';
import type { Door } from '../deps.ts';
import { agreementRoutes } from './agreements.ts';
import { breakGlassRoutes } from './break-glass.ts';
import { codeRoutes } from './codes.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import { decisionRoutes } from './decisions.ts';
import { replayRoutes } from './replay.ts';

/** What operators and the protection officer have: each file of routes is a row here. */
const ROUTES: readonly ((door: Door) => Router)[] = [
  deadLetterRoutes,
  replayRoutes,
  decisionRoutes,
  agreementRoutes,
  breakGlassRoutes,
  codeRoutes,
];

export function adminRoutes(door: Door): Router {
  const router = Router();
  for (const routes of ROUTES) router.use(routes(door));
  return router;
}
