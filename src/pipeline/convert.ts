import type { Bundle, Resource } from '@medplum/fhirtypes';
import { type Issue, isFault, issue, type Result, refused } from '../errors.ts';
import type { SourceMessage } from '../formats/format.ts';
import { FORMATS } from '../formats/index.ts';
import type { Library } from '../library/library.ts';
import type { Directory } from '../mapping/functions.ts';
import type { UnmappedCode } from '../mapping/run.ts';
import type { Coverage } from '../mapping/tracking.ts';
import type { InboundRow, StepRecord } from '../store/messages.ts';
import { isInteraction, liftPatients } from './interaction.ts';

/** A message as FHIR, with what is said of the way there. */
export interface Converted {
  readonly source: SourceMessage;
  readonly bundle: Bundle;
  readonly steps: readonly StepRecord[];
}

export interface Conversion {
  readonly result: Result<Converted>;
  /** The step that ended it, where it was refused. */
  readonly step: 'parse' | 'map' | 'validate';
  readonly steps: readonly StepRecord[];
  /** Codes no ConceptMap has a row for; they go on the worklist whether or not the message waits. */
  readonly unmapped: readonly UnmappedCode[];
}

export interface ConvertContext {
  readonly library: Library;
  readonly directory: Directory;
  readonly at: string;
}

type Bytes = Pick<InboundRow, 'id' | 'sender' | 'format' | 'part' | 'bytes' | 'bodyId' | 'receivedAt'>;

/** Steps parse, map and validate: pure but for the library it is handed. The clock is the moment of receipt, so a replay gives the same bytes. */
export function convert(row: Bytes, context: ConvertContext): Conversion {
  const { at } = context;
  const parsed = parse(row);
  const steps: StepRecord[] = [record('parse', at, parsed.issues)];
  if (!parsed.ok) return { result: parsed, step: 'parse', steps, unmapped: [] };
  const mapped = map(parsed.value, row, context);
  steps.push(record('map', at, mapped.issues, mapped.ok ? mapped.value.made : undefined));
  if (!mapped.ok) return { result: mapped, step: 'map', steps, unmapped: [] };
  const { bundle, unmapped } = mapped.value;
  const waits = unmapped.find(({ policy }) => policy === 'wait');
  if (waits) return { result: refused(issue('CODES-WAITING', waits.place)), step: 'map', steps, unmapped };
  const issues = context.library.validate(bundle);
  steps.push(record('validate', at, issues, { profiles: profilesOf(bundle) }));
  if (issues.some(isFault)) return { result: refused(...issues), step: 'validate', steps, unmapped };
  return {
    result: { ok: true, value: { source: parsed.value, bundle, steps }, issues },
    step: 'validate',
    steps,
    unmapped,
  };
}

function record(step: string, at: string, issues: readonly Issue[], made?: unknown): StepRecord {
  return { step, at, ...(issues.length > 0 && { issues }), ...(made !== undefined && { made }) };
}

function parse({ format: id, bytes, part }: Bytes): Result<SourceMessage> {
  const format = FORMATS.find((one) => one.id === id);
  const reading = format?.read(bytes).messages[part];
  if (!reading) return refused(issue('PIPELINE-NOT-READABLE'));
  return reading.ok ? { ok: true, value: reading.message, issues: reading.issues } : refused(...reading.issues);
}

interface Mapped {
  readonly bundle: Bundle;
  readonly unmapped: readonly UnmappedCode[];
  readonly made: unknown;
}

function map(source: SourceMessage, row: Bytes, { library, directory }: ConvertContext): Result<Mapped> {
  if (isInteraction(source.tree)) {
    const bundle = liftPatients(source.tree);
    return { ok: true, value: { bundle, unmapped: [], made: { map: null, entries: count(bundle) } }, issues: [] };
  }
  const name = `${source.format}/${source.structure}`;
  if (!library.maps.has(name)) {
    const bundle = source.format === 'fhir' ? asBundle(source.tree) : undefined;
    return bundle
      ? { ok: true, value: { bundle, unmapped: [], made: { map: null, entries: count(bundle) } }, issues: [] }
      : refused(issue('PIPELINE-NO-MAP'));
  }
  const run = library.maps.transform(name, source.tree, {
    clock: row.receivedAt.toISOString(),
    seed: row.sender,
    sender: row.sender,
    coverage: true,
    directory,
  });
  if (!run.ok) return run;
  const bundle = asBundle(run.value.resource);
  if (!bundle) return refused(issue('PIPELINE-NO-MAP'));
  const made = {
    map: name,
    library: library.version,
    entries: count(bundle),
    ...(run.value.unmapped.length > 0 && { unmapped: run.value.unmapped.length }),
    ...(run.value.coverage && { coverage: summary(run.value.coverage) }),
  };
  return { ok: true, value: { bundle, made, unmapped: run.value.unmapped }, issues: run.issues };
}

/** What of the source was read and what was not: paths only, never values. */
function summary({ read, unread }: Coverage) {
  return { read: read.length, unread };
}

/** Any FHIR resource as a Bundle: itself, or the one entry of a collection. */
function asBundle(value: unknown): Bundle | undefined {
  const resource = value as Resource | undefined;
  if (typeof resource?.resourceType !== 'string') return undefined;
  if (resource.resourceType === 'Bundle') return resource;
  return { resourceType: 'Bundle', type: 'collection', entry: [{ resource }] };
}

function count(bundle: Bundle): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { resource } of bundle.entry ?? [])
    if (resource) counts[resource.resourceType] = (counts[resource.resourceType] ?? 0) + 1;
  return counts;
}

function profilesOf(bundle: Bundle): readonly string[] {
  return [...new Set((bundle.entry ?? []).flatMap(({ resource }) => resource?.meta?.profile ?? []))];
}
