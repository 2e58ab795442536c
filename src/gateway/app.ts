import express, { type Express } from 'express';
import { adminRoutes } from './admin/routes.ts';
import type { Door, GatewayDeps } from './deps.ts';
import { auditEventRoutes } from './fhir/audit-events.ts';
import { consentRoutes } from './fhir/consents.ts';
import { metadataRoutes } from './fhir/metadata.ts';
import { processMessageRoutes } from './fhir/process-message.ts';
import { resourceRoutes } from './fhir/resources.ts';
import { subscriptionEventRoutes } from './fhir/subscription-events.ts';
import { subscriptionRoutes } from './fhir/subscriptions.ts';
import { healthRoutes } from './health.ts';
import { messageRoutes } from './messages.ts';
import { lastResort, refuseCode } from './reply.ts';
import { scopeGuard } from './sign-in/require-scope.ts';
import { signInRouter } from './sign-in/router.ts';

/** The HTTP doors: each file of routes is a row here. Every route but health, metrics and discovery asks for a token. */
const ROUTES: readonly ((door: Door) => express.Router)[] = [
  healthRoutes,
  metadataRoutes,
  messageRoutes,
  processMessageRoutes,
  resourceRoutes,
  subscriptionRoutes,
  subscriptionEventRoutes,
  consentRoutes,
  auditEventRoutes,
  adminRoutes,
];

export function createApp(deps: GatewayDeps): Express {
  const app = express();
  const door: Door = { ...deps, requireScope: scopeGuard(deps.signIn) };
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(signInRouter(deps.signIn));
  for (const routes of ROUTES) app.use(routes(door));
  app.use((_request, response) => refuseCode(response, 'DOOR-NOT-FOUND'));
  app.use(lastResort(deps.parts.log, deps.parts.newId));
  return app;
}
