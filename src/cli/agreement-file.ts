import { type Issue, type Result, sentence } from '../errors.ts';
import {
  agreementKey,
  applyAgreement,
  approveAgreement,
  setAgreementStatus,
  simulateAgreements,
} from '../pipeline/agreements.ts';
import { buildRegion, type Region } from '../pipeline/region.ts';
import type { AgreementDocument } from '../policy/agreement.ts';
import type { Database } from '../store/database.ts';
import { readRegistry } from '../store/registry.ts';
import { type ExitCode, type Io, WrongUse } from './command.ts';
import { readJson } from './policy.ts';
import { print, withStore } from './store.ts';

/** What the command line gives besides words: who acts, for whom, over which time. */
export interface Options {
  readonly person?: string | undefined;
  readonly party?: string | undefined;
  readonly reference?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

interface OnFile {
  readonly words: readonly string[];
  readonly options: Options;
  readonly io: Io;
}

/** The agreements on file of the hub's database, with the same rules as `/admin/agreements`. */
export const ON_FILE: Readonly<Record<string, { usage: string; run: (asked: OnFile) => Promise<ExitCode> }>> = {
  list: { usage: 'list', run: list },
  apply: { usage: 'apply FILE --person NAME', run: apply },
  approve: { usage: 'approve ID VERSION --party PARTY --reference TEXT --person NAME', run: approve },
  suspend: { usage: 'suspend ID VERSION --person NAME', run: suspend },
  simulate: { usage: 'simulate FILE... --from INSTANT --to INSTANT', run: simulate },
};

async function list({ io }: OnFile): Promise<ExitCode> {
  return withRegion(io, async (_db, { agreements }) => {
    print(
      io,
      agreements.map(({ id, version, title, status, valid_from, valid_to, parties }) => ({
        id,
        version,
        title,
        status,
        valid_from,
        valid_to,
        approved: parties.filter(({ approval }) => approval === 'approved').length,
        parties: parties.length,
      })),
    );
    return 0;
  });
}

async function apply({ words: [file], options, io }: OnFile): Promise<ExitCode> {
  const read = await readJson(file ?? '', io);
  if (!read.ok) return refused(read.issues, io);
  return withRegion(io, async (db, region) => end(await applyAgreement(read.value, db, actOf(options, region)), io));
}

async function approve({ words, options, io }: OnFile): Promise<ExitCode> {
  const which = {
    ...keyOf(words),
    party: wanted(options.party, 'party'),
    reference: wanted(options.reference, 'reference'),
  };
  return withRegion(io, async (db, region) => end(await approveAgreement(which, db, actOf(options, region)), io));
}

async function suspend({ words, options, io }: OnFile): Promise<ExitCode> {
  const which = { ...keyOf(words), status: 'suspended' as const };
  return withRegion(io, async (db, region) => end(await setAgreementStatus(which, db, actOf(options, region)), io));
}

async function simulate({ words, options, io }: OnFile): Promise<ExitCode> {
  const files = await Promise.all(words.map((file) => readJson(file, io)));
  const faults = files.flatMap((file) => (file.ok ? [] : file.issues));
  if (faults.length > 0) return refused(faults, io);
  const agreements = files.flatMap((file) => (file.ok ? [file.value as AgreementDocument] : []));
  const asked = { agreements, from: wanted(options.from, 'from'), to: wanted(options.to, 'to') };
  return withRegion(io, async (db, region) => {
    const result = await simulateAgreements(asked, db, region);
    if (!result.ok) return refused(result.issues, io);
    print(io, result.value);
    return 0;
  });
}

function withRegion(io: Io, work: (db: Database, region: Region) => Promise<ExitCode>): Promise<ExitCode> {
  return withStore(io, async (db) => work(db, buildRegion(await readRegistry(db))));
}

function actOf({ person }: Options, region: Region) {
  return { region, actor: { client: 'command line', person: wanted(person, 'person') }, at: new Date().toISOString() };
}

function wanted(value: string | undefined, name: string): string {
  if (!value?.trim()) throw new WrongUse(`Say --${name}.`);
  return value.trim();
}

function keyOf([id, version]: readonly string[]): { id: string; version: number } {
  if (!id || !/^\d+$/.test(version ?? '')) throw new WrongUse('Name an agreement by id and version.');
  return { id, version: Number(version) };
}

function end(result: Result<AgreementDocument>, io: Io): ExitCode {
  if (!result.ok) return refused(result.issues, io);
  const { status, parties } = result.value;
  print(io, {
    agreement: agreementKey(result.value),
    status,
    parties: parties.map(({ party, approval }) => ({ party, approval })),
  });
  return 0;
}

function refused(issues: readonly Issue[], io: Io): 1 {
  for (const found of issues) io.err(`${found.code} ${found.place ?? ''} ${sentence(found)}\n`);
  return 1;
}
