import type { CodeSystem, Resource, StructureDefinition, ValueSet } from '@medplum/fhirtypes';
import type { Issue } from '../errors.ts';
import { issue } from '../errors.ts';
import { isObject } from './fhirpath-collections.ts';
import { compileValidator, type Definitions, type Validator } from './validate.ts';
import type { JsonObject } from './visit.ts';

/** A FHIR package, read: its conformance resources and what it builds on. */
export interface ProfilePackage {
  readonly name: string;
  readonly version: string;
  /** Name → version. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly structureDefinitions: readonly StructureDefinition[];
  readonly valueSets: readonly ValueSet[];
  readonly codeSystems: readonly CodeSystem[];
}

/** Validators by profile set: the same canonical has different content in different standards, so no set serves all. */
export interface Validators {
  /** Changes with any of the profiles or packages. */
  readonly version: string;
  /** Base R4 and the hub's own profiles: for all that is no message of a known kind and claims no profile of a package. */
  readonly base: Validator;
  /** The validator whose profile set fits the resource: by event and definition of a message, else by the profiles it claims. */
  validatorFor(resource: unknown): Validator;
  /** As {@link Validator.validate}, by the set that fits; a MedCom message is also held to the hub's own rules for its kind. */
  validate(resource: Resource, options?: { profiles?: readonly string[] }): readonly Issue[];
  /** `name@version` of each package loaded. */
  readonly packages: readonly string[];
  /** What is wrong with the packages themselves: a dependency that is not there. */
  readonly issues: readonly Issue[];
}

const OWN = 'http://samspil.dk/fhir/StructureDefinition/';

/** Kinds of MedCom message: which published package describes each, and which rules of our own hold in any case. */
export const MESSAGE_KINDS: Readonly<Record<string, { readonly package: string; readonly rules: string }>> = {
  'hospital-notification-message': {
    package: 'medcom.fhir.dk.hospitalnotification',
    rules: `${OWN}medcom-hospital-notification`,
  },
  'acknowledgement-message': { package: 'medcom.fhir.dk.acknowledgement', rules: `${OWN}medcom-acknowledgement` },
  'empty-message': { package: 'medcom.fhir.dk.acknowledgement', rules: `${OWN}medcom-message` },
  'care-communication-message': { package: 'medcom.fhir.dk.carecommunication', rules: `${OWN}medcom-message` },
  'homecareobservation-message': { package: 'medcom.fhir.dk.homecareobservation', rules: `${OWN}medcom-message` },
};
const EVENT_CODES = 'http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-eventCodes';

/** Claims to these must be judged: what cannot be is an error. */
const MUST_KNOW = ['http://medcomfhir.dk/', 'http://medcomehmi.dk/', 'http://samspil.dk/'];
/** Always there: the base itself, and what its terminology and extensions are taken from. */
const BUILT_IN = /^hl7\.(fhir\.r4\.core|terminology(\.r4)?|fhir\.uv\.extensions(\.r4)?)$/;

export interface ProfileLibrary {
  readonly own: Definitions;
  readonly packages: readonly ProfilePackage[];
}

/** Makes the sets of a library; each is compiled when first needed. */
export function selectValidators({ own, packages }: ProfileLibrary): Validators {
  const base = compileValidator({ ...own, mustKnow: MUST_KNOW });
  const compiled = new Map<ProfilePackage, Validator>();

  function setOf(root: ProfilePackage): Validator {
    const known = compiled.get(root);
    if (known) return known;
    const made = compileValidator(withPackages(own, closureOf(root, packages).packages));
    compiled.set(root, made);
    return made;
  }

  function validatorFor(resource: unknown): Validator {
    const root = packageFor(resource, packages);
    return root ? setOf(root) : base;
  }

  return {
    version: [base.version, ...packages.map(({ name, version }) => `${name}@${version}`)].join(' '),
    base,
    validatorFor,
    validate(resource, options = {}) {
      const kind = kindOf(resource);
      const profiles = [...(options.profiles ?? []), ...(kind ? [kind.rules] : [])];
      const validator =
        kind || !options.profiles ? validatorFor(resource) : validatorFor(claiming(resource, options.profiles));
      return validator.validate(resource, { profiles });
    },
    packages: packages.map(({ name, version }) => `${name}@${version}`),
    issues: distinctIssues(packages.flatMap((root) => closureOf(root, packages).issues)),
  };
}

const distinctIssues = (issues: readonly Issue[]) => [
  ...new Map(issues.map((each) => [JSON.stringify(each), each])).values(),
];

/** The resource as if it claimed the profiles asked for first. */
function claiming(resource: unknown, profiles: readonly string[]): unknown {
  return isObject(resource) ? { meta: { profile: [...profiles, ...claimsOf(resource)] } } : resource;
}

function withPackages(own: Definitions, packages: readonly ProfilePackage[]): Definitions {
  return {
    structureDefinitions: firstOfEach([own, ...packages].flatMap((each) => each.structureDefinitions)),
    valueSets: firstOfEach([own, ...packages].flatMap((each) => each.valueSets)),
    codeSystems: firstOfEach([own, ...packages].flatMap((each) => each.codeSystems)),
    aliases: own.aliases ?? {},
    mustKnow: MUST_KNOW,
  };
}

/** Of two packages in a set that define the same canonical, the nearer one counts. */
function firstOfEach<T extends { url?: string }>(definitions: readonly T[]): T[] {
  return [...new Map(definitions.toReversed().map((definition) => [definition.url, definition])).values()].reverse();
}

/** A package with all it builds on, nearest first. A dependency not here is replaced by the nearest version that is, and said. */
export function closureOf(root: ProfilePackage, all: readonly ProfilePackage[]) {
  const found = [root];
  const issues: Issue[] = [];
  for (let at = 0; at < found.length; at++) {
    const { name: from, version: of, dependencies } = found[at]!;
    for (const [name, version] of Object.entries(dependencies)) {
      if (BUILT_IN.test(name)) continue;
      const exact = all.find((each) => each.name === name && each.version === version);
      const used = exact ?? nearest(name, version, all);
      if (!exact)
        issues.push(
          issue(
            'PACKAGE-DEPENDENCY',
            undefined,
            {
              package: `${from}@${of}`,
              dependency: `${name}@${version}`,
              instead: used ? `${used.version} is used` : 'it is left out',
            },
            'warning',
          ),
        );
      if (used && !found.includes(used)) found.push(used);
    }
  }
  return { packages: found, issues };
}

function nearest(name: string, version: string, all: readonly ProfilePackage[]): ProfilePackage | undefined {
  const candidates = all.filter((each) => each.name === name).sort(byVersion);
  const major = version.split('.', 1)[0];
  return candidates.findLast((each) => each.version.split('.', 1)[0] === major) ?? candidates.at(-1);
}

const byVersion = (left: ProfilePackage, right: ProfilePackage) =>
  left.version.localeCompare(right.version, 'en', { numeric: true });

function packageFor(resource: unknown, packages: readonly ProfilePackage[]): ProfilePackage | undefined {
  const kind = kindOf(resource);
  if (kind) return versionFor(kind.package, definitionVersion(headerOf(resource)), packages);
  for (const claim of claimsOf(resource)) {
    const [url, version] = claim.split('|');
    const providers = packages.filter((each) => each.structureDefinitions.some((definition) => definition.url === url));
    const exact = providers.find((each) =>
      each.structureDefinitions.some((definition) => definition.url === url && definition.version === version),
    );
    const found = exact ?? providers.sort(byVersion).at(-1);
    if (found) return found;
  }
  return undefined;
}

/** `|5.0` in MessageHeader.definition asks for the newest 5.0.x here, else the newest 5.x; without it the newest counts. */
function versionFor(
  name: string,
  asked: string | undefined,
  packages: readonly ProfilePackage[],
): ProfilePackage | undefined {
  const candidates = packages.filter((each) => each.name === name).sort(byVersion);
  if (!asked) return candidates.at(-1);
  const major = asked.split('.', 1)[0];
  return (
    candidates.findLast(({ version }) => version === asked || version.startsWith(`${asked}.`)) ??
    candidates.findLast(({ version }) => version.split('.', 1)[0] === major)
  );
}

function headerOf(resource: unknown): JsonObject | undefined {
  if (!isObject(resource) || resource.resourceType !== 'Bundle' || !Array.isArray(resource.entry)) return undefined;
  const [first] = resource.entry as unknown[];
  const header = isObject(first) ? first.resource : undefined;
  return isObject(header) && header.resourceType === 'MessageHeader' ? header : undefined;
}

function kindOf(resource: unknown) {
  const event = headerOf(resource)?.eventCoding;
  if (!isObject(event) || event.system !== EVENT_CODES || typeof event.code !== 'string') return undefined;
  return Object.hasOwn(MESSAGE_KINDS, event.code) ? MESSAGE_KINDS[event.code] : undefined;
}

function definitionVersion(header: JsonObject | undefined): string | undefined {
  return typeof header?.definition === 'string' ? header.definition.split('|')[1] : undefined;
}

function claimsOf(resource: unknown): readonly string[] {
  const meta = isObject(resource) ? resource.meta : undefined;
  const claims = isObject(meta) && Array.isArray(meta.profile) ? meta.profile : [];
  return claims.filter((claim) => typeof claim === 'string');
}
