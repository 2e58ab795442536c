import { createHash } from 'node:crypto';
import type { CodeSystem, Resource, StructureDefinition, ValueSet } from '@medplum/fhirtypes';
import type { Issue } from '../errors.ts';
import { issue } from '../errors.ts';
import { isObject } from './fhirpath-collections.ts';
import { KnownProfiles } from './known-profiles.ts';
import { r4Model } from './model.ts';
import { compileStructure } from './structure.ts';
import type { JsonObject } from './visit.ts';

export interface Validator {
  /** Changes with the definitions it was compiled from. */
  readonly version: string;
  /**
   * Everything wrong with a resource: by base R4, by each profile it claims in `meta.profile` and each one asked for, and likewise for
   * every resource within it. Takes any JSON and throws at none. No error or fatal issue among them means it is valid.
   */
  validate(resource: Resource, options?: { profiles?: readonly string[] }): readonly Issue[];
  /** Canonicals (without version) of the profiles it knows. */
  readonly profiles: readonly string[];
}

export interface Definitions {
  readonly structureDefinitions: readonly StructureDefinition[];
  readonly valueSets: readonly ValueSet[];
  readonly codeSystems: readonly CodeSystem[];
  /** Canonicals that stand for another one: a published profile not at hand → the hub's own restatement of it. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** A claim that begins so must be known: one that cannot be judged is an error, not a warning. */
  readonly mustKnow?: readonly string[];
}

/** Compiles base R4 with the profiles given into one validator; a type or profile is compiled when it is first met. */
export function compileValidator(definitions: Definitions): Validator {
  const profiles = new KnownProfiles(definitions);
  const structure = compileStructure(r4Model(), profiles.terminology, {
    resource: (value, visit) => profiles.resource(value as JsonObject, visit),
    extension: (value, visit) => profiles.extension(value, visit),
  });
  return {
    version: versionOf(definitions),
    profiles: profiles.known,
    validate(resource, { profiles: asked = [] } = {}) {
      const root: unknown = resource;
      if (!isObject(root) || Array.isArray(root) || typeof root.resourceType !== 'string')
        return [issue('FHIR-NOT-A-RESOURCE')];
      const visit = profiles.visit(root);
      structure.resource(root, visit);
      for (const profile of asked) profiles.claim(root, profile, { visit, asked: true });
      return visit.issues;
    },
  };
}

function versionOf({ structureDefinitions, valueSets, codeSystems, aliases }: Definitions): string {
  const all = JSON.stringify([structureDefinitions, valueSets, codeSystems, aliases]);
  return createHash('sha256').update(all).digest('hex').slice(0, 16);
}
