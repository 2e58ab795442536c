import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resource } from '@medplum/fhirtypes';
import type { Issue, Result } from '../../errors.ts';
import { done, issue } from '../../errors.ts';
import { toOperationOutcome } from '../../fhir/outcome.ts';
import type { Directory, Organisation } from '../../mapping/functions.ts';
import type { Coverage, MapLibrary, TraceRow, Transformed, TransformOptions } from '../../mapping/library.ts';
import { readMessages } from './messages.ts';

/** A folder `fixtures/<format>/<case>/` with `message.*`, `expected.json` and, if wanted, `case.json`. */
export interface Case {
  /** `hl7v2/admission`. */
  readonly name: string;
  readonly folder: string;
  readonly message: Uint8Array;
  /** Undefined: there is none yet. */
  readonly expected: unknown;
  readonly settings: CaseSettings;
  /** What is wrong with the case itself. */
  readonly fault?: Issue;
}

export interface CaseSettings {
  /** Instant of the run. */
  readonly clock?: string;
  readonly seed?: string;
  readonly sender?: string;
  /** Map to run, where it is not the one the message's format names. */
  readonly map?: string;
  /** Paths of the result left out of the comparison: `Bundle.timestamp`, `Bundle.entry[*].fullUrl`. */
  readonly ignore?: readonly string[];
  /** Organisations the map's `directory` finds. */
  readonly directory?: readonly Organisation[];
}

const DEFAULTS = { clock: '2025-01-01T12:00:00+01:00', seed: 'fixtures' } as const;

/** Finds the cases below `folder`, or those of them whose name begins with one of `wanted`. */
export async function findCases(folder: string, wanted: readonly string[]): Promise<Case[]> {
  const formats = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  const names = await Promise.all(
    formats
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => (await readdir(join(folder, name))).map((inner) => `${name}/${inner}`)),
  );
  const chosen = names
    .flat()
    .filter((name) => wanted.length === 0 || wanted.some((start) => name === start || name.startsWith(start)))
    .toSorted();
  return (await Promise.all(chosen.map((name) => readCase(join(folder, name), name)))).flat();
}

async function readCase(folder: string, name: string): Promise<Case[]> {
  const files = await readdir(folder).catch((): string[] => []);
  const file = files.find((entry) => entry.startsWith('message.'));
  if (file === undefined) return [];
  const json = async (wanted: string): Promise<unknown> => {
    if (!files.includes(wanted)) return undefined;
    const text = await readFile(join(folder, wanted), 'utf8');
    try {
      return JSON.parse(text);
    } catch {
      return BROKEN;
    }
  };
  const [message, expected, settings] = await Promise.all([
    readFile(join(folder, file)),
    json('expected.json'),
    json('case.json'),
  ]);
  const broken = [expected === BROKEN && 'expected.json', settings === BROKEN && 'case.json'].find(Boolean);
  return [
    {
      name,
      folder,
      message,
      expected: expected === BROKEN ? undefined : expected,
      settings: settings === BROKEN || typeof settings !== 'object' ? {} : ((settings ?? {}) as CaseSettings),
      ...(broken && { fault: issue('DOOR-JSON', join(folder, broken)) }),
    },
  ];
}

const BROKEN = Symbol('broken');

/** What came of a case: the resource (several for a batch), or an OperationOutcome where the message or the map refused. */
export interface Outcome {
  readonly actual: unknown;
  readonly issues: readonly Issue[];
  readonly trace: readonly TraceRow[];
  readonly coverage: readonly { readonly map: string; readonly coverage: Coverage }[];
}

/** Runs one case; with `trace`, says for each element which rule made it. */
export function runCase(
  { message, name, settings }: Case,
  library: MapLibrary,
  track: { readonly trace?: boolean; readonly coverage?: boolean },
): Outcome {
  const read = readMessages(message, name.slice(0, name.indexOf('/')));
  if (!read.ok) return { actual: toOperationOutcome(read.issues), issues: read.issues, trace: [], coverage: [] };
  const options: TransformOptions = { ...DEFAULTS, ...pick(settings), ...track };
  const runs = read.value.map(({ tree, map }) => {
    const wanted = settings.map ?? map ?? '';
    // FHIR that no map reads is itself, as in the pipeline
    const isPlain = wanted.startsWith('fhir/') && !library.has(wanted);
    const result = isPlain
      ? done({ resource: tree as unknown as Resource, unmapped: [] })
      : library.transform(wanted, tree, options);
    return { map: wanted, result: result as Result<Transformed> };
  });
  const actual = runs.map(({ result }) => (result.ok ? result.value.resource : toOperationOutcome(result.issues)));
  return {
    actual: actual.length === 1 ? actual[0] : actual,
    issues: runs.flatMap(({ result }) => result.issues),
    trace: runs.flatMap(({ result }) => (result.ok ? (result.value.trace ?? []) : [])),
    coverage: runs.flatMap(({ map, result }) =>
      result.ok && result.value.coverage ? [{ map, coverage: result.value.coverage }] : [],
    ),
  };
}

function pick({ clock, seed, sender, directory }: CaseSettings): Partial<TransformOptions> {
  return {
    ...(clock !== undefined && { clock }),
    ...(seed !== undefined && { seed }),
    ...(sender !== undefined && { sender }),
    ...(directory && { directory: directoryOf(directory) }),
  };
}

/** Identifier systems by the field of an organisation that holds them. */
const FIELD_OF: Readonly<Record<string, keyof Organisation>> = {
  'urn:oid:1.2.208.176.1.1': 'sor',
  'https://www.gs1.org/gln': 'gln',
  'urn:oid:1.2.208.176.1.4': 'ydernummer',
  'urn:oid:1.2.208.176.1.5': 'shak',
};

export function directoryOf(organisations: readonly Organisation[]): Directory {
  return {
    organisation({ system, value }) {
      const field = FIELD_OF[system];
      return field && organisations.find((organisation) => organisation[field] === value);
    },
  };
}
