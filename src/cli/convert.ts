import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { OperationOutcome, Resource } from '@medplum/fhirtypes';
import { readConfig } from '../config.ts';
import { type Issue, isFault, issue, sentence } from '../errors.ts';
import { toOperationOutcome } from '../fhir/outcome.ts';
import type { Format, MessageReading, Reading, SourceMessage, Verdict } from '../formats/format.ts';
import { FORMATS, formatNamed, recogniseFormat } from '../formats/index.ts';
import { openDirectory } from '../library/directory.ts';
import type { Library } from '../library/library.ts';
import { openLibrary } from '../library/open.ts';
import type { Transformed, TransformOptions } from '../mapping/library.ts';
import { type Command, type ExitCode, type Io, WrongUse } from './command.ts';

const OPTIONS = {
  from: { type: 'string', default: 'auto' },
  sender: { type: 'string' },
  report: { type: 'boolean', default: false },
  clock: { type: 'string' },
} as const;

/** One message of a file, converted or refused. */
interface Outcome {
  readonly issues: readonly Issue[];
  /** Absent: refused. */
  readonly made?: Pick<Transformed, 'resource'> & Partial<Transformed>;
}

interface Conversion {
  readonly format: Format;
  readonly reading: Reading;
  readonly outcomes: readonly Outcome[];
}

function formatOf(from: string, bytes: Uint8Array): Format | undefined {
  if (from === 'auto') return recogniseFormat(bytes);
  const format = formatNamed(from);
  if (!format) throw new WrongUse(`There is no format ${from}; there are ${FORMATS.map(({ id }) => id).join(', ')}.`);
  return format;
}

/** Steps map and validate of one message, as the hub takes them. */
function convertMessage(message: SourceMessage, library: Library, options: TransformOptions): Outcome {
  const name = `${message.format}/${message.structure}`;
  if (!library.maps.has(name)) return { issues: [issue('PIPELINE-NO-MAP')] };
  const run = library.maps.transform(name, message.tree, options);
  if (!run.ok) return { issues: run.issues };
  const issues = [...run.issues, ...library.validate(run.value.resource)];
  return issues.some(isFault) ? { issues } : { issues, made: run.value };
}

/** FHIR that no map reads is itself; everything else goes through its map. */
function outcomeOf(reading: MessageReading, library: Library, options: TransformOptions): Outcome {
  if (!reading.ok) return { issues: reading.issues };
  const { message } = reading;
  const isPlain = message.format === 'fhir' && !library.maps.has(`fhir/${message.structure}`);
  const resource = message.tree as unknown as Resource;
  const outcome = isPlain
    ? { issues: library.validate(resource), made: { resource } }
    : convertMessage(message, library, options);
  const issues = [...reading.issues, ...outcome.issues];
  return outcome.made && !issues.some(isFault) ? { ...outcome, issues } : { issues };
}

function acknowledgement({ format, reading, outcomes }: Conversion, bytes: Uint8Array, clock: string) {
  const verdicts: Verdict[] = outcomes.map(({ made, issues }) => ({ accepted: made !== undefined, issues }));
  const receipt = format.acknowledge(bytes, reading, verdicts, { now: clock, newId: () => crypto.randomUUID() });
  return receipt && { contentType: receipt.contentType, body: Buffer.from(receipt.body).toString('utf8') };
}

function shown(outcome: Outcome, withReport: boolean): unknown {
  const { made, issues } = outcome;
  if (!made) return toOperationOutcome(issues);
  if (!withReport) return made.resource;
  const { resource: bundle, coverage, trace, unmapped = [] } = made;
  return { bundle, coverage, trace, unmapped, issues };
}

/** A sentence a line, for people; the JSON on stdout has the same with codes. */
function tell(io: Io, issues: readonly Issue[]): void {
  for (const found of issues)
    if (found.severity !== 'information')
      io.err(`${found.severity}: ${found.code} ${found.place ?? ''} ${sentence(found)}\n`);
}

async function bytesOf(file: string, io: Io): Promise<Uint8Array> {
  if (file === '-') return io.stdin();
  try {
    return await readFile(file);
  } catch {
    throw new WrongUse('The file cannot be read.');
  }
}

function refusedWhole(io: Io, issues: readonly Issue[], receipt?: unknown): ExitCode {
  const outcome: OperationOutcome = toOperationOutcome(issues);
  io.out(`${JSON.stringify(receipt === undefined ? outcome : { outcome, acknowledgement: receipt }, null, 2)}\n`);
  tell(io, issues);
  return 1;
}

export const command: Command = {
  usage: 'convert FILE|- [--from auto|hl7v2|edifact|oioxml|fhir|ppj|nemsis] [--sender ID] [--report] [--clock INSTANT]',
  async run(args, io) {
    const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
    const [file] = positionals;
    if (file === undefined || positionals.length > 1)
      throw new WrongUse('One file is needed, or - for the standard input.');
    const clock = values.clock ?? new Date().toISOString();
    if (Number.isNaN(Date.parse(clock)))
      throw new WrongUse('The clock must be an instant such as 2026-03-01T12:00:00+01:00.');
    const bytes = await bytesOf(file, io);
    const format = formatOf(values.from, bytes);
    if (!format) return refusedWhole(io, [issue(bytes.length === 0 ? 'DOOR-EMPTY' : 'DOOR-FORMAT-UNKNOWN')]);
    const config = readConfig(io.env);
    const library = await openLibrary({ dataDir: config.dataDir });
    const options: TransformOptions = {
      clock,
      seed: values.sender ?? 'convert',
      coverage: values.report,
      trace: values.report,
      directory: await openDirectory(resolve(config.regionDir)),
      ...(values.sender !== undefined && { sender: values.sender }),
    };
    const reading = format.read(bytes);
    const isWhole = reading.issues.some(isFault) || reading.messages.length === 0;
    const outcomes = isWhole ? [] : reading.messages.map((message) => outcomeOf(message, library, options));
    const receipt = values.report ? acknowledgement({ format, reading, outcomes }, bytes, clock) : undefined;
    if (isWhole) return refusedWhole(io, reading.issues, receipt);
    tell(io, [...reading.issues, ...outcomes.flatMap(({ issues }) => issues)]);
    const results = outcomes.map((outcome) => shown(outcome, values.report));
    const answer = results.length === 1 ? results[0] : results;
    const whole = values.report ? withReceipt(answer, receipt) : answer;
    io.out(`${JSON.stringify(whole, null, 2)}\n`);
    return outcomes.every(({ made }) => made !== undefined) ? 0 : 1;
  },
};

/** The receipt answers the file as a whole: it stands beside the one message, or beside the list of them. */
function withReceipt(answer: unknown, receipt: unknown): unknown {
  if (Array.isArray(answer)) return { messages: answer, acknowledgement: receipt };
  const { resourceType } = answer as { resourceType?: string };
  return resourceType === 'OperationOutcome'
    ? { outcome: answer, acknowledgement: receipt }
    : { ...(answer as object), acknowledgement: receipt };
}
