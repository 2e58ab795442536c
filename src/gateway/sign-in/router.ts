import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import { issueAccessToken } from './access-token.ts';
import { ASSERTION_ALGORITHMS, ASSERTION_FAULTS, assertionVerifier } from './assertion.ts';
import { type SignInDeps, TOKEN_PATH, tokenUrl } from './deps.ts';
import { grantScopes, SUPPORTED_SCOPES } from './scopes.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const FORM = 'application/x-www-form-urlencoded';
const LONGEST_FORM = '16kb';

/** The words of RFC 6749 section 5.2, all answered with 400 (413 for a form that is too long). */
interface Refusal {
  readonly error: 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope';
  readonly error_description: string;
}

interface TokenForm {
  readonly assertion: string;
  /** Not needed here; where given it must be the assertion's client (RFC 7521 section 4.2). */
  readonly clientId: string | undefined;
  readonly scope: string;
}

const refusal = (error: Refusal['error'], error_description: string): Refusal => ({ error, error_description });

/** The form of a token request; each parameter at most once (RFC 6749 section 3.2). */
function readForm(body: unknown): TokenForm | Refusal {
  if (typeof body !== 'object' || body === null)
    return refusal('invalid_request', `The request must be a form (${FORM}).`);
  const form = body as Readonly<Record<string, unknown>>;
  if (Object.values(form).some((value) => typeof value !== 'string'))
    return refusal('invalid_request', 'Each parameter may be given once.');
  const { grant_type: grant, client_assertion_type: type, client_assertion: assertion, scope, client_id } = form;
  if (!grant) return refusal('invalid_request', 'grant_type is missing.');
  if (grant !== 'client_credentials')
    return refusal('unsupported_grant_type', 'The only grant_type here is client_credentials.');
  if (type !== ASSERTION_TYPE) return refusal('invalid_request', `client_assertion_type must be ${ASSERTION_TYPE}.`);
  if (!assertion) return refusal('invalid_request', 'client_assertion is missing.');
  return { assertion: String(assertion), clientId: client_id as string | undefined, scope: String(scope ?? '') };
}

function turnAway(response: Response, refused: Refusal, status = 400): void {
  response.status(status).json(refused);
}

const unreadable: ErrorRequestHandler = (failure, _request, response, next) => {
  if (response.headersSent || failure?.expose !== true) return next(failure);
  turnAway(response, refusal('invalid_request', 'The form could not be read.'), failure.status === 413 ? 413 : 400);
};

function tokenEndpoint(deps: SignInDeps) {
  const verify = assertionVerifier(deps);
  return async function token(request: Request, response: Response): Promise<void> {
    const form = readForm(request.body);
    if ('error' in form) return turnAway(response, form);
    const verdict = await verify(form.assertion);
    if (!verdict.client) return turnAway(response, refusal('invalid_client', ASSERTION_FAULTS[verdict.fault]));
    const { client } = verdict;
    if ((form.clientId ?? client.id) !== client.id)
      return turnAway(response, refusal('invalid_client', ASSERTION_FAULTS.identity));
    const certificate = deps.certificateOf?.(request);
    if (client.certificates?.length && !client.certificates.includes(certificate ?? ''))
      return turnAway(response, refusal('invalid_client', 'This client must show its registered certificate.'));
    const scopes = grantScopes(form.scope, client.scopes);
    if (scopes.length === 0)
      return turnAway(response, refusal('invalid_scope', 'None of the scopes asked for is one this client may have.'));
    response.json({
      access_token: await issueAccessToken(deps, { client, scopes, certificate }),
      token_type: 'bearer',
      expires_in: client.tokenLifetime,
      scope: scopes.join(' '),
    });
  };
}

/** Discovery as SMART App Launch 2.2 section 2.2 (conformance) has it, for backend services alone. */
function discovery(deps: SignInDeps) {
  return {
    issuer: deps.baseUrl(),
    jwks_uri: `${deps.baseUrl()}/.well-known/jwks.json`,
    token_endpoint: tokenUrl(deps),
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    scopes_supported: SUPPORTED_SCOPES,
    capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
    ...(deps.certificateOf && { tls_client_certificate_bound_access_tokens: true }),
  };
}

/**
 * Sign-in of systems: SMART Backend Services (OAuth 2 client credentials with a signed assertion).
 * `GET /.well-known/smart-configuration` (also under `/fhir`, where SMART looks for it), `GET /.well-known/jwks.json`, `POST /oauth2/token`.
 */
export function signInRouter(deps: SignInDeps): Router {
  const router = express.Router();
  router.get(['/.well-known/smart-configuration', '/fhir/.well-known/smart-configuration'], (_request, response) => {
    response.set('Cache-Control', 'public, max-age=300').json(discovery(deps));
  });
  router.get('/.well-known/jwks.json', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=300').json(deps.keys.published);
  });
  router
    .route(TOKEN_PATH)
    .all((_request, response, next) => {
      response.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
      next();
    })
    .post(express.urlencoded({ extended: false, limit: LONGEST_FORM, parameterLimit: 20 }), tokenEndpoint(deps))
    .all((_request, response) => {
      response.set('Allow', 'POST');
      turnAway(response, refusal('invalid_request', 'The token endpoint takes POST.'), 405);
    });
  router.use(TOKEN_PATH, unreadable);
  return router;
}
