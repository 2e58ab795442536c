import { parseArgs } from 'node:util';
import { type Issue, isFault, type Result } from '../errors.ts';
import { type AgreementDocument, agreementHash, isApproved } from '../policy/agreement.ts';
import { changeFaults, diffAgreements } from '../policy/agreement-diff.ts';
import { checkDocument } from '../policy/agreement-schema.ts';
import { isRecord } from '../policy/flow.ts';
import { LEGAL_BASES } from '../policy/legal-bases.ts';
import { lint } from '../policy/lint.ts';
import type { Organisation } from '../policy/organisation.ts';
import { ON_FILE } from './agreement-file.ts';
import { type Command, type ExitCode, type Io, WrongUse } from './command.ts';
import { readJson, tell } from './policy.ts';

interface Asked {
  readonly files: readonly string[];
  readonly organisations: string | undefined;
  readonly io: Io;
}

interface Verb {
  readonly usage: string;
  /** How many files it takes at least and at most. */
  readonly files: readonly [number, number];
  readonly run: (asked: Asked) => Promise<ExitCode>;
}

/** Warnings that need the organisations to mean anything. */
const BY_ORGANISATIONS = new Set<Issue['code']>(['POLICY-RECIPIENT-UNKNOWN', 'POLICY-RECIPIENT-NOT-PARTY']);

async function organisationsFrom(
  path: string | undefined,
  io: Io,
): Promise<Readonly<Record<string, Organisation>> | undefined> {
  if (path === undefined) return {};
  const read = await readJson(path, io);
  if (!read.ok) {
    tell(read.issues, io);
    return undefined;
  }
  const entries = Array.isArray(read.value)
    ? read.value.map((one) => [isRecord(one) ? one.id : '', one] as const)
    : undefined;
  return (entries ? Object.fromEntries(entries) : read.value) as Readonly<Record<string, Organisation>>;
}

async function readDocuments(files: readonly string[], io: Io): Promise<AgreementDocument[] | undefined> {
  const read: Result<unknown>[] = [];
  for (const file of files) read.push(await readJson(file, io));
  const faults = read.flatMap((one) => (one.ok ? [] : one.issues));
  tell(faults, io);
  return faults.length > 0 ? undefined : read.flatMap((one) => (one.ok ? [one.value as AgreementDocument] : []));
}

/** Shape, lint and, among several, what they say about each other. */
async function check({ files, organisations, io }: Asked): Promise<ExitCode> {
  const documents = await readDocuments(files, io);
  const places = await organisationsFrom(organisations, io);
  if (!documents || !places) return 1;
  const shapes = documents.flatMap((document, index) => checkDocument(document, files[index]!));
  const found = shapes.some(isFault) ? [] : lint({ organisations: places, agreements: documents, bases: LEGAL_BASES });
  const issues = [...shapes, ...found.filter(({ code }) => organisations !== undefined || !BY_ORGANISATIONS.has(code))];
  tell(issues, io);
  io.out(`${JSON.stringify(issues)}\n`);
  return issues.some(isFault) ? 1 : 0;
}

async function readChecked(files: readonly string[], io: Io): Promise<AgreementDocument[] | undefined> {
  const documents = await readDocuments(files, io);
  const issues = documents?.flatMap((document, index) => checkDocument(document, files[index]!)) ?? [];
  tell(issues, io);
  return issues.some(isFault) ? undefined : documents;
}

async function show({ files, io }: Asked): Promise<ExitCode> {
  const documents = await readChecked(files, io);
  if (!documents) return 1;
  const [document] = documents as [AgreementDocument];
  const hash = agreementHash(document);
  const approvals = document.parties.map((party) => ({
    party: party.party,
    approval: party.approval,
    counts: isApproved(party, hash, false),
  }));
  io.out(`${JSON.stringify({ hash, approvals, document }, null, 2)}\n`);
  return 0;
}

async function diff({ files, io }: Asked): Promise<ExitCode> {
  const documents = await readChecked(files, io);
  if (!documents) return 1;
  const [before, after] = documents as [AgreementDocument, AgreementDocument];
  const faults = changeFaults(before, after);
  tell(faults, io);
  io.out(`${JSON.stringify(diffAgreements(before, after), null, 2)}\n`);
  return faults.length > 0 ? 1 : 0;
}

/** What can be asked of agreements in files. */
const VERBS: Readonly<Record<string, Verb>> = {
  check: { usage: 'check FILE... [--organisations FILE]', files: [1, Number.POSITIVE_INFINITY], run: check },
  show: { usage: 'show FILE', files: [1, 1], run: show },
  diff: { usage: 'diff OLD NEW', files: [2, 2], run: diff },
};

export const command: Command = {
  usage: [...Object.values(VERBS), ...Object.values(ON_FILE)].map(({ usage }) => `agreement ${usage}`).join(' | '),
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        organisations: { type: 'string' },
        person: { type: 'string' },
        party: { type: 'string' },
        reference: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
      },
    });
    const [name = '', ...files] = positionals;
    if (Object.hasOwn(ON_FILE, name)) return ON_FILE[name]!.run({ words: files, options: values, io });
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name]! : undefined;
    if (!verb) throw new WrongUse(`agreement knows ${[...Object.keys(VERBS), ...Object.keys(ON_FILE)].join(', ')}.`);
    const [least, most] = verb.files;
    if (files.length < least || files.length > most) throw new WrongUse(`agreement ${verb.usage}`);
    return verb.run({ files, organisations: values.organisations, io });
  },
};
