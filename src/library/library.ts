import type { Resource } from '@medplum/fhirtypes';
import type { Issue, Result } from '../errors.ts';
import type { MapLibrary } from '../mapping/library.ts';

/** Maps and profiles as loaded from disk: what conversion and validation know. Swapped as a whole, never half. */
export interface Library {
  /** Changes with any map, ConceptMap or profile. */
  readonly version: string;
  readonly maps: MapLibrary;
  /** Reads the maps again; an error in them leaves the ones in use. */
  reload(): Promise<Result<MapLibrary>>;
  /** Everything wrong with a resource, by the profile set its message type belongs to. */
  validate(resource: Resource): readonly Issue[];
}
