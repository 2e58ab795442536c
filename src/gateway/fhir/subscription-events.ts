import type { Parameters as FhirParameters } from '@medplum/fhirtypes';
import { type Request, type Response, Router } from 'express';
import type { ContentLevel } from '../../channels/subscription-request.ts';
import { type Issue, issue } from '../../errors.ts';
import { queryEvents } from '../../pipeline/query-events.ts';
import { readTarget } from '../../pipeline/target.ts';
import type { Door } from '../deps.ts';
import { bodyOf, rawBody, UUID } from '../messages.ts';
import { refuse, refuseCode, sendFhir } from '../reply.ts';
import { principalOf } from '../sign-in/require-scope.ts';
import { readJson } from './resources.ts';

/** From least to most; an answer never has more than the subscription itself was given for. */
const LEVELS: readonly ContentLevel[] = ['empty', 'id-only', 'full-resource'];
const NUMBER = /^\d{1,18}$/;

type Asked = Readonly<Record<string, unknown>>;

/** `Subscription/$events` (R5 backport 1.1): by GET, or by POST of Parameters. */
export function subscriptionEventRoutes(door: Door): Router {
  const router = Router();
  const path = '/fhir/Subscription/:id/$events';
  const guard = door.requireScope('system/Subscription.r');
  router.get(path, guard, (request, response) => answer(request, response, { door, asked: request.query as Asked }));
  router.post(path, guard, rawBody, async (request, response) => {
    const body = bodyOf(request);
    const parsed = body.length === 0 ? undefined : readJson(body);
    if (parsed && !parsed.ok) return refuse(response, parsed.issues);
    const { parameter = [] } = (parsed?.resource ?? {}) as FhirParameters;
    const asked = Object.fromEntries(
      (Array.isArray(parameter) ? parameter : []).map((one) => [one?.name, one?.valueString ?? one?.valueCode ?? one]),
    );
    await answer(request, response, { door, asked });
  });
  return router;
}

async function answer(
  request: Request,
  response: Response,
  { door, asked }: { door: Door; asked: Asked },
): Promise<void> {
  const { parts } = door;
  const { id } = request.params as { id: string };
  const target = UUID.test(id)
    ? await readTarget(parts.db, `Subscription/${id}`, await parts.region.current(parts.db))
    : undefined;
  const { subscription, request: wanted } = target ?? {};
  if (!target || !wanted || subscription?.client !== principalOf(response).client.id)
    return refuseCode(response, 'DOOR-NOT-FOUND');
  const { eventsSinceNumber: from = '1', eventsUntilNumber: until = null, content = wanted.content } = asked;
  const level = LEVELS.find((one) => one === content);
  const isNumber = (value: unknown) => typeof value === 'string' && NUMBER.test(value);
  const wrong = (element: string): Issue => issue('SUBSCRIPTION-RANGE', element, { element });
  const issues = [
    ...(isNumber(from) ? [] : [wrong('eventsSinceNumber')]),
    ...(until === null || isNumber(until) ? [] : [wrong('eventsUntilNumber')]),
    ...(level ? [] : [wrong('content')]),
  ];
  if (issues.length > 0) return refuse(response, issues);
  const least = Math.min(LEVELS.indexOf(level!), LEVELS.indexOf(wanted.content));
  const query = { from: from as string, until: until as string | null, content: LEVELS[least]! };
  sendFhir(response, 200, await queryEvents({ ...target, subscription }, query, parts));
}
