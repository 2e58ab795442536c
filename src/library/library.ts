import type { Resource } from '@medplum/fhirtypes';
import type { Issue } from '../errors.ts';
import type { MapLibrary } from '../mapping/library.ts';

/** Maps and profiles as loaded from disk: what conversion and validation know. Swapped as a whole, never half. */
export interface Library {
  /** Changes with any map, ConceptMap or profile. */
  readonly version: string;
  readonly maps: MapLibrary;
  /** Everything wrong with a resource, by the profile set its message type belongs to. */
  validate(resource: Resource): readonly Issue[];
}
