import type { Request, RequestHandler, Response } from 'express';
import { ERRORS, type Issue, issue, sentence } from '../../errors.ts';
import { toOperationOutcome } from '../../fhir/outcome.ts';
import { type Principal, tokenVerifier } from './access-token.ts';
import type { SignInDeps } from './deps.ts';
import { covers } from './scopes.ts';

/** What went wrong as RFC 6750 section 3.1 names it; nothing when no token came at all. */
const BEARER_ERRORS: Partial<Record<Issue['code'], string>> = {
  'SIGNIN-TOKEN': 'invalid_token',
  'SIGNIN-CERTIFICATE': 'invalid_token',
  'SIGNIN-SCOPE': 'insufficient_scope',
};

function challenge(fault: Issue, scopes: readonly string[]): string {
  const error = BEARER_ERRORS[fault.code];
  const parts = ['realm="samspil"', error && `error="${error}"`, error && `error_description="${sentence(fault)}"`];
  const needed = error === 'insufficient_scope' && `scope="${scopes.join(' ')}"`;
  return `Bearer ${[...parts, needed].filter(Boolean).join(', ')}`;
}

/** Answers with the fault's status, an OperationOutcome and the Bearer challenge. */
function turnAway(response: Response, fault: Issue, scopes: readonly string[]): void {
  response
    .status(ERRORS[fault.code].http)
    .set({ 'WWW-Authenticate': challenge(fault, scopes), 'Cache-Control': 'no-store' })
    .type('application/fhir+json')
    .send(JSON.stringify(toOperationOutcome([fault])));
}

/** RFC 6750 section 2.1; a token in the address or the body is not looked at. */
function bearerOf(request: Request): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Makes middleware that lets a request pass when its token covers one of the scopes named. */
export type RequireScope = (...oneOf: readonly [string, ...string[]]) => RequestHandler;

/**
 * Guards routes by access token. Without a good one: 401; without the scope: 403; both as OperationOutcome with WWW-Authenticate.
 * What passes has its {@link Principal} in {@link principalOf}.
 */
export function scopeGuard(deps: SignInDeps): RequireScope {
  const verify = tokenVerifier(deps);
  return (...oneOf) =>
    async function requireScope(request, response, next) {
      const token = bearerOf(request);
      if (!token) return turnAway(response, issue('SIGNIN-TOKEN-MISSING'), oneOf);
      const verdict = await verify(token, deps.certificateOf?.(request));
      if (!verdict.ok) return turnAway(response, verdict.issues[0]!, oneOf);
      const passes = oneOf.some((scope) => covers(verdict.value.scopes, scope));
      if (!passes) return turnAway(response, issue('SIGNIN-SCOPE', undefined, { scope: oneOf.join(', ') }), oneOf);
      response.locals.principal = verdict.value;
      next();
    };
}

/** Who is asking. Throws where no guard stands before the route: that is a bug. */
export function principalOf(response: Response): Principal {
  const { principal } = response.locals as { principal?: Principal };
  if (!principal) throw new Error('principalOf was called on a route without requireScope');
  return principal;
}
