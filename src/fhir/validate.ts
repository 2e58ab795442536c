import { createHash } from 'node:crypto';
import type { CodeSystem, Resource, StructureDefinition, ValueSet } from '@medplum/fhirtypes';
import { type Issue, issue } from '../errors.ts';
import { isMember } from './bindings.ts';
import { checkBundle } from './bundle.ts';
import { isObject } from './fhirpath-collections.ts';
import { r4Model } from './model.ts';
import { compileStructure } from './structure.ts';
import { buildTerminology, r4Terminology } from './terminology.ts';
import { Visit } from './visit.ts';

export interface Validator {
  /** Changes with the definitions it was compiled from. */
  readonly version: string;
  validate(resource: Resource, options?: { profiles?: readonly string[] }): readonly Issue[];
}

export interface Definitions {
  readonly structureDefinitions: readonly StructureDefinition[];
  readonly valueSets: readonly ValueSet[];
  readonly codeSystems: readonly CodeSystem[];
}

/** Nothing in FHIR nests deeper in earnest. */
const DEEPEST = 64;

export function compileValidator({ structureDefinitions, valueSets, codeSystems }: Definitions): Validator {
  const base = r4Terminology();
  const terminology = buildTerminology([...base.valueSets, ...valueSets], [...base.codeSystems, ...codeSystems]);
  const structure = compileStructure(r4Model(), terminology, {
    resource: (value, visit) => {
      if (isObject(value) && value.resourceType === 'Bundle') checkBundle(value, visit);
    },
    extension: () => {},
  });
  return {
    version: createHash('sha256').update(JSON.stringify(structureDefinitions)).digest('hex').slice(0, 12),
    validate(resource) {
      const root: unknown = resource;
      if (!isObject(root) || Array.isArray(root) || typeof root.resourceType !== 'string')
        return [issue('FHIR-NOT-A-RESOURCE')];
      if (isDeeper(root, DEEPEST)) return [issue('FHIR-TOO-DEEP', undefined, { limit: DEEPEST })];
      const visit = new Visit(root, () => ({ memberOf: (value, valueSet) => isMember(terminology, valueSet, value) }));
      structure.resource(root, visit);
      return visit.issues;
    },
  };
}

function isDeeper(value: object, levels: number): boolean {
  if (levels === 0) return true;
  for (const child of Object.values(value)) if (isObject(child) && isDeeper(child, levels - 1)) return true;
  return false;
}
