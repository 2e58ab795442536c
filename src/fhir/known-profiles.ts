import type { StructureDefinition } from '@medplum/fhirtypes';
import type { Result } from '../errors.ts';
import { isMember } from './bindings.ts';
import { checkBundle } from './bundle.ts';
import { contextFault } from './extension-context.ts';
import { isObject } from './fhirpath-collections.ts';
import { r4Definitions, r4Model, withoutVersion } from './model.ts';
import type { ProfileSet } from './profile.ts';
import { compileConstraint } from './profile.ts';
import type { Constraint } from './profile-tree.ts';
import { profileTree } from './profile-tree.ts';
import type { Terminology } from './terminology.ts';
import { buildTerminology, r4Terminology } from './terminology.ts';
import type { Definitions } from './validate.ts';
import type { Check, JsonObject } from './visit.ts';
import { Visit } from './visit.ts';

const BASE = 'http://hl7.org/fhir/StructureDefinition/';

let baseTerminology: ReturnType<typeof r4Terminology> | undefined;
let baseRules: ReadonlySet<string> | undefined;

function keysOfBaseRules(): ReadonlySet<string> {
  baseRules ??= new Set([
    'ele-1',
    ...r4Definitions().flatMap(({ differential }) =>
      (differential?.element ?? []).flatMap(({ constraint = [] }) => constraint.map(({ key }) => key!)),
    ),
  ]);
  return baseRules;
}

/** The profiles of one set: found by canonical, compiled when first needed. */
export class KnownProfiles implements ProfileSet {
  readonly model = r4Model();
  readonly terminology: Terminology;
  readonly baseRules = keysOfBaseRules();
  readonly known: readonly string[];
  readonly #definitions: ReadonlyMap<string, StructureDefinition>;
  readonly #aliases: Readonly<Record<string, string>>;
  readonly #mustKnow: readonly string[];
  readonly #trees = new Map<string, Result<Constraint>>();
  readonly #checks = new Map<string, Check>();
  readonly #resources: ReadonlySet<string> = new Set(
    r4Definitions().flatMap(({ kind, name }) => (kind === 'resource' ? [name] : [])),
  );
  readonly #parts = new Map<Constraint, Check>();

  constructor({ structureDefinitions, valueSets, codeSystems, aliases = {}, mustKnow = [] }: Definitions) {
    baseTerminology ??= r4Terminology();
    this.terminology = buildTerminology(
      [...baseTerminology.valueSets, ...valueSets],
      [...baseTerminology.codeSystems, ...codeSystems],
    );
    this.#definitions = new Map(structureDefinitions.map((definition) => [definition.url, definition]));
    this.known = [...this.#definitions.keys()];
    this.#aliases = aliases;
    this.#mustKnow = mustKnow;
  }

  visit(root: JsonObject): Visit {
    const type = String(root.resourceType);
    const name = this.#resources.has(type) ? type : 'Resource';
    return new Visit(root, name, (visit) => ({
      memberOf: (value, valueSet) => this.isMember(valueSet, value),
      conformsTo: (value, profile) => this.conforms(value, profile, visit),
    }));
  }

  /** What is added to the base check of a resource: the rules of a Bundle, and the profiles the resource claims. */
  resource(resource: JsonObject, visit: Visit): void {
    if (resource.resourceType === 'Bundle') checkBundle(resource, visit);
    const claims = isObject(resource.meta) && Array.isArray(resource.meta.profile) ? resource.meta.profile : [];
    claims.forEach((claim, index) => {
      if (typeof claim === 'string') this.claim(resource, claim, { visit, index });
    });
  }

  /** Holds a resource to a profile: one asked for, or the `index`-th it claims itself. */
  claim(resource: JsonObject, canonical: string, how: { visit: Visit; asked?: boolean; index?: number }): void {
    const { visit, asked = false, index } = how;
    const fault = this.#faultOfClaim(resource, canonical);
    if (fault === undefined) this.apply(resource, canonical, visit);
    else {
      const severity = fault === 'FHIR-PROFILE-TYPE' || asked || this.#mustBeKnown(canonical) ? 'error' : 'warning';
      const detail = fault === 'FHIR-PROFILE-TYPE' ? { profile: this.#urlOf(canonical) } : undefined;
      if (index === undefined) visit.report(fault, detail, severity);
      else
        visit.at('meta', () => visit.at('profile', () => visit.at(index, () => visit.report(fault, detail, severity))));
    }
  }

  #faultOfClaim(resource: JsonObject, canonical: string): 'FHIR-PROFILE-UNKNOWN' | 'FHIR-PROFILE-TYPE' | undefined {
    if (!this.knows(canonical)) return 'FHIR-PROFILE-UNKNOWN';
    const type = this.typeOf(canonical);
    return type === resource.resourceType || type === 'Resource' || type === 'DomainResource'
      ? undefined
      : 'FHIR-PROFILE-TYPE';
  }

  #mustBeKnown(canonical: string): boolean {
    return this.#mustKnow.some((prefix) => canonical.startsWith(prefix));
  }

  extension(value: unknown, visit: Visit): void {
    if (!isObject(value) || typeof value.url !== 'string') return;
    const definition = this.#definitions.get(this.#urlOf(value.url));
    if (definition?.type !== 'Extension') {
      if (visit.path.at(-2) === 'modifierExtension') visit.report('FHIR-MODIFIER-UNKNOWN', undefined, 'warning');
      return;
    }
    this.apply(value, definition.url, visit);
    if (contextFault(definition, visit)) visit.report('FHIR-EXTENSION-CONTEXT', { profile: definition.url });
  }

  #urlOf(canonical: string): string {
    const url = withoutVersion(canonical);
    if (this.#definitions.has(url)) return url;
    return (Object.hasOwn(this.#aliases, url) ? this.#aliases[url] : undefined) ?? url;
  }

  #isBase(url: string): boolean {
    return url.startsWith(BASE) && this.model.type(url)?.url === url;
  }

  knows(profile: string): boolean {
    const url = this.#urlOf(profile);
    return this.#definitions.has(url) || this.#isBase(url);
  }

  typeOf(profile: string): string | undefined {
    const url = this.#urlOf(profile);
    return this.#definitions.get(url)?.type ?? (this.#isBase(url) ? url.slice(BASE.length) : undefined);
  }

  tree(profile: string): Constraint | undefined {
    const result = this.#tree(this.#urlOf(profile));
    return result?.ok ? result.value : undefined;
  }

  #tree(url: string): Result<Constraint> | undefined {
    const definition = this.#definitions.get(url) ?? (this.#isBase(url) ? this.#ofBase(url) : undefined);
    if (!definition) return undefined;
    const made = this.#trees.get(url) ?? profileTree(definition, (canonical) => this.#find(canonical), this.model);
    this.#trees.set(url, made);
    return made;
  }

  #find(canonical: string): StructureDefinition | undefined {
    return this.#definitions.get(withoutVersion(canonical));
  }

  #ofBase(url: string): StructureDefinition | undefined {
    return this.model.definitions.find((definition) => definition.url === url);
  }

  apply(value: unknown, profile: string, visit: Visit): void {
    const url = this.#urlOf(profile);
    if (this.knows(url)) visit.once(value, url, () => this.#check(url)(value, visit));
    else visit.once(visit.root, `unknown ${url}`, () => visit.report('FHIR-PROFILE-UNKNOWN', undefined, 'information'));
  }

  conforms(value: unknown, profile: string, visit: Visit): boolean {
    const url = this.#urlOf(profile);
    if (!this.knows(url)) return true;
    const type = this.typeOf(url);
    if (isObject(value) && typeof value.resourceType === 'string' && type !== 'Resource' && value.resourceType !== type)
      return false;
    return visit.conforms(value, url, () => this.#within(value, visit, () => this.#check(url)(value, visit)));
  }

  #within(value: unknown, visit: Visit, check: () => void): void {
    if (isObject(value) && typeof value.resourceType === 'string' && value !== visit.around.resource)
      visit.within(value, { contained: false }, check);
    else check();
  }

  isMember(valueSet: string, value: unknown): boolean | undefined {
    return isMember(this.terminology, valueSet, value);
  }

  meets(value: unknown, constraint: Constraint, visit: Visit): boolean {
    const check = this.#parts.get(constraint) ?? this.#partCheck(constraint);
    this.#parts.set(constraint, check);
    return visit.silently(() => check(value, visit));
  }

  #partCheck(constraint: Constraint): Check {
    const { path, name, types } = constraint;
    const type = types?.[0]?.code ?? this.model.element(parentOf(path), name)?.types[0] ?? '';
    return compileConstraint(constraint, type, { profile: '', set: this });
  }

  #check(url: string): Check {
    const known = this.#checks.get(url);
    if (known) return known;
    const tree = this.#tree(url);
    const check: Check = tree?.ok
      ? compileConstraint(tree.value, this.typeOf(url) ?? '', { profile: url, set: this })
      : (_, visit) => visit.report('FHIR-PROFILE-BROKEN', tree?.issues[0]?.detail ?? { profile: url, reason: '' });
    this.#checks.set(url, check);
    return check;
  }
}

const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('.')));
