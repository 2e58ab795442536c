import type { ErrorRequestHandler, Response } from 'express';
import { ERRORS, type ErrorCode, type Issue, issue } from '../errors.ts';
import { toOperationOutcome } from '../fhir/outcome.ts';
import { frameOf } from '../pipeline/lanes.ts';
import type { Log } from '../pipeline/parts.ts';
import { statusOf } from '../pipeline/receive.ts';
import { isAway } from '../store/database.ts';

export function sendFhir(response: Response, status: number, resource: object): void {
  response.status(status).type('application/fhir+json').send(JSON.stringify(resource));
}

/** Answers with an OperationOutcome; the status is that of the first fault. */
export function refuse(response: Response, issues: readonly Issue[], status = statusOf(issues)): void {
  sendFhir(response, status, toOperationOutcome(issues));
}

export function refuseCode(response: Response, code: ErrorCode, detail?: Issue['detail']): void {
  refuse(response, [issue(code, undefined, detail)], ERRORS[code].http);
}

/** What Express or a parser throws, as a refusal; anything else is a bug: logged by its place, answered without its text. */
export function lastResort(log: Log, newId: () => string): ErrorRequestHandler {
  return (thrown, _request, response, next) => {
    if (response.headersSent) return next(thrown);
    const { status, type } = thrown as { status?: number; type?: string };
    if (type === 'entity.too.large') return refuseCode(response, 'DOOR-TOO-LARGE', { limit: MAX_BODY });
    if (status === 415) return refuseCode(response, 'DOOR-FORMAT-UNKNOWN');
    if (status !== undefined && status >= 400 && status < 500) return refuse(response, [issue('DOOR-JSON')], status);
    if (isAway(thrown)) {
      response.set('Retry-After', '5');
      return refuseCode(response, 'DOOR-BUSY');
    }
    const id = newId();
    log.error({ errorId: id, error: (thrown as Error).name, at: frameOf(thrown) }, 'a request failed');
    response.set('X-Error-Id', id);
    refuseCode(response, 'DOOR-INTERNAL');
  };
}

/** Largest body any door takes, in bytes. */
export const MAX_BODY = 32 * 1024 * 1024;
