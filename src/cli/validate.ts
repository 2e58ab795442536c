import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { OperationOutcome, Resource } from '@medplum/fhirtypes';
import { readConfig } from '../config.ts';
import type { Issue, Result } from '../errors.ts';
import { done, isFault, issue, refused, sentence } from '../errors.ts';
import { toOperationOutcome } from '../fhir/outcome.ts';
import type { Validators } from '../fhir/profile-sets.ts';
import { readFhirXml } from '../formats/fhir/xml.ts';
import { openValidators } from '../library/packages.ts';
import { type Command, type Io, WrongUse } from './command.ts';

/** Resources in one file: one in JSON or XML, or a JSON array of them. */
async function readResources(file: string, io: Io): Promise<Result<readonly Resource[]>> {
  const bytes = await (file === '-' ? io.stdin() : readFile(file)).catch(() => undefined);
  if (!bytes) return refused(issue('FILE-UNREADABLE'));
  if (isXml(bytes)) {
    const reading = readFhirXml(bytes);
    return reading.ok ? done([reading.value as unknown as Resource], reading.issues) : reading;
  }
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return done((Array.isArray(json) ? json : [json]) as Resource[]);
  } catch {
    return refused(issue('DOOR-JSON'));
  }
}

/** Begins with `<`, after a byte order mark and white space. */
const isXml = (bytes: Uint8Array) => /^\ufeff?\s*</.test(new TextDecoder().decode(bytes.subarray(0, 200)));

function outcomeOf(issues: readonly Issue[], io: Io, name: string): OperationOutcome {
  const faults = issues.filter(isFault).length;
  io.err(faults === 0 ? `${name}: valid\n` : `${name}: ${faults} ${faults === 1 ? 'error' : 'errors'}\n`);
  for (const found of issues) io.err(`  ${found.severity} ${found.code} ${found.place ?? ''} ${sentence(found)}\n`);
  return toOperationOutcome(issues);
}

/** The outcomes of one file: as many as it holds resources, or one that says why it could not be read. */
async function validateFile(file: string, validate: (resource: Resource) => readonly Issue[], io: Io) {
  const reading = await readResources(file, io);
  if (!reading.ok) return { failed: true, outcomes: [outcomeOf(reading.issues, io, file)] };
  const several = reading.value.length !== 1;
  const verdicts = reading.value.map((resource) => validate(resource));
  const outcomes = verdicts.map((issues, at) => outcomeOf(issues, io, several ? `${file}[${at}]` : file));
  return { failed: verdicts.some((issues) => issues.some(isFault)), outcomes };
}

function tellOf(validators: Validators, io: Io): void {
  for (const found of validators.issues) io.err(`package ${found.place ?? ''} ${found.severity}: ${sentence(found)}\n`);
}

/** Prints the OperationOutcome of the one resource, or an array of those of several. */
export const command: Command = {
  usage: 'validate FILE... [--profile URL] [--package PATH]',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { profile: { type: 'string', multiple: true }, package: { type: 'string', multiple: true } },
    });
    if (positionals.length === 0) throw new WrongUse('Name at least one file, or - for standard input.');
    const paths = values.package ?? [];
    const validators = await openValidators({ paths, dataDir: readConfig(io.env).dataDir });
    tellOf(validators, io);
    const options = values.profile ? { profiles: values.profile } : {};
    const results = [];
    for (const file of positionals)
      results.push(await validateFile(file, (resource) => validators.validate(resource, options), io));
    const outcomes = results.flatMap((result) => result.outcomes);
    io.out(`${JSON.stringify(outcomes.length === 1 ? outcomes[0] : outcomes, null, 2)}\n`);
    const broken = validators.issues.some(isFault);
    return broken || results.some((result) => result.failed) ? 1 : 0;
  },
};
