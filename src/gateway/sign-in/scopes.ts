/**
 * What a client may be allowed to do. FHIR scopes are SMART v2's `system/<Type>.<c|r|u|d|s>` (v1's `.read`, `.write` and `.*` are read
 * as the letters they stand for); the hub's own are rows here.
 */
export const OWN_SCOPES = {
  'samspil/messages.write': 'hand in messages: POST /messages, $process-message',
  'samspil/messages.read': 'see what became of the messages of one’s own organisation',
  'samspil/payload.read': 'see the content of those messages too',
  'samspil/break-glass': 'declare an emergency override for a health professional it answers for',
  'samspil/operate': 'run the hub: replay, dead letters, recipients, agreements, subscriptions of others',
  'samspil/dpo': 'protection officer: every decision and release about one patient',
} as const satisfies Record<string, string>;

export type OwnScope = keyof typeof OWN_SCOPES;

/** Types that clients ask for by name in discovery; a registration may name any other. */
const FHIR_TYPES = ['Encounter', 'Patient', 'Subscription', 'Consent', 'AuditEvent'] as const;

/** For `scopes_supported` of the discovery document. */
export const SUPPORTED_SCOPES: readonly string[] = [
  ...FHIR_TYPES.map((type) => `system/${type}.cruds`),
  'system/*.rs',
  ...Object.keys(OWN_SCOPES),
];

interface FhirScope {
  /** Resource type, or `*`. */
  readonly type: string;
  /** Letters of `cruds`, in that order. */
  readonly may: string;
}

const V1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };
/** SMART App Launch 2.2, 3.0.2: the letters stand in the order of `cruds`, each at most once. */
const FHIR_SCOPE = /^system\/(\*|[A-Z][A-Za-z]{1,63})\.(read|write|\*|(?=[cruds])c?r?u?d?s?)$/;

function readFhirScope(scope: string): FhirScope | undefined {
  const [, type, may] = FHIR_SCOPE.exec(scope) ?? [];
  return type && may ? { type, may: V1[may] ?? may } : undefined;
}

const isOwn = (scope: string): scope is OwnScope => Object.hasOwn(OWN_SCOPES, scope);

/** True for a scope this hub knows the meaning of. */
export function isScope(scope: string): boolean {
  return isOwn(scope) || readFhirScope(scope) !== undefined;
}

/** The part of two scopes that both allow; undefined when there is none. */
function common(one: string, other: string): string | undefined {
  if (isOwn(one) || isOwn(other)) return one === other ? one : undefined;
  const [a, b] = [readFhirScope(one), readFhirScope(other)];
  if (!a || !b || (a.type !== b.type && a.type !== '*' && b.type !== '*')) return undefined;
  const may = [...a.may].filter((letter) => b.may.includes(letter)).join('');
  return may ? `system/${a.type === '*' ? b.type : a.type}.${may}` : undefined;
}

/**
 * What a client gets of what it asks for (`scope` of the request, space-separated): the part its registration covers, never more.
 * Unknown scopes and those with search parameters give nothing. No scope asked for: none given.
 */
export function grantScopes(requested: string, registered: readonly string[]): readonly string[] {
  const asked = requested.split(' ').filter(Boolean).slice(0, 64);
  const granted = asked.flatMap((scope) => registered.flatMap((own) => common(scope, own) ?? []));
  return [...new Set(granted)];
}

/** True when the scopes held cover the whole of the one needed, together or alone. */
export function covers(held: readonly string[], needed: string): boolean {
  if (isOwn(needed)) return held.includes(needed);
  const need = readFhirScope(needed);
  if (!need) return false;
  const may = held
    .flatMap((scope) => readFhirScope(scope) ?? [])
    .filter(({ type }) => type === '*' || type === need.type)
    .flatMap((scope) => [...scope.may]);
  return [...need.may].every((letter) => may.includes(letter));
}
