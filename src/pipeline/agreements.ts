import { done, type Issue, isFault, issue, type Result, refused } from '../errors.ts';
import { type AgreementDocument, type AgreementParty, agreementHash, approve } from '../policy/agreement.ts';
import { changeFaults } from '../policy/agreement-diff.ts';
import { checkDocument } from '../policy/agreement-schema.ts';
import type { DecisionInput } from '../policy/decision.ts';
import { LEGAL_BASES } from '../policy/legal-bases.ts';
import { lint } from '../policy/lint.ts';
import { compileRules } from '../policy/rules.ts';
import { type Simulation, simulate } from '../policy/simulate.ts';
import { audit, decisionsBetween, lastAudited } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { applyRegistry } from '../store/registry.ts';
import type { Decided } from './decide.ts';
import type { Region } from './region.ts';

export interface AgreementKey {
  readonly id: string;
  readonly version: number;
}

/** Key of a version in the registry. */
export function agreementKey({ id, version }: AgreementKey): string {
  return `${id} v${version}`;
}

/** Who acts: the client that called, and the person it says is behind it. */
export interface Actor {
  readonly client: string;
  readonly person: string;
}

interface Act {
  readonly region: Region;
  readonly actor: Actor;
  readonly at: string;
}

export function findAgreement({ agreements }: Region, { id, version }: AgreementKey): AgreementDocument | undefined {
  return agreements.find((one) => one.id === id && one.version === version);
}

/** Everything wrong with a document beside those on file. */
export function checkAgreement(document: unknown, { agreements, organisations }: Region): readonly Issue[] {
  const shape = checkDocument(document, String((document as AgreementDocument | null)?.id ?? 'agreement'));
  if (shape.some(isFault)) return shape;
  const given = document as AgreementDocument;
  const others = agreements.filter((one) => agreementKey(one) !== agreementKey(given));
  const before = agreements.find((one) => agreementKey(one) === agreementKey(given));
  const found = lint({
    organisations: Object.fromEntries(organisations),
    agreements: [...others, given],
    bases: LEGAL_BASES,
  });
  return [...shape, ...found, ...(before ? changeFaults(before, given) : [])];
}

/**
 * Puts a version on file. Approvals it claims are not taken from it: they are given one by one (`approveAgreement`), to the content as it
 * then stands. A version somebody has approved keeps its approvals only where its content is the same.
 */
export async function applyAgreement(document: unknown, db: Database, act: Act): Promise<Result<AgreementDocument>> {
  const issues = checkAgreement(document, act.region);
  if (issues.some(isFault)) return refused(...issues);
  const given = document as AgreementDocument;
  const before = findAgreement(act.region, given);
  const kept: AgreementDocument = {
    ...given,
    parties: given.parties.map((party) => ({ ...withoutApproval(party), ...approvalOf(before, given, party) })),
  };
  await keep(kept, 'applied', db, act);
  return done(kept, issues);
}

const APPROVAL = ['approval', 'approved_by', 'approved_at', 'reference', 'document_hash'] as const;

function withoutApproval(party: AgreementParty): AgreementParty {
  const rest: Record<string, unknown> = { ...party };
  for (const name of APPROVAL) delete rest[name];
  return { ...(rest as unknown as AgreementParty), approval: 'proposed' };
}

function approvalOf(
  before: AgreementDocument | undefined,
  given: AgreementDocument,
  { party }: AgreementParty,
): Partial<AgreementParty> {
  if (!before || agreementHash(before) !== agreementHash(given)) return {};
  const known = before.parties.find((one) => one.party === party);
  return Object.fromEntries(APPROVAL.flatMap((name) => (known?.[name] === undefined ? [] : [[name, known[name]]])));
}

/** One party's approval, by another person than the one who put the version on file. */
export async function approveAgreement(
  which: AgreementKey & { readonly party: string; readonly reference: string },
  db: Database,
  act: Act,
): Promise<Result<AgreementDocument>> {
  const document = findAgreement(act.region, which);
  if (!document) return refused(issue('AGREEMENT-UNKNOWN'));
  const applied = await lastAudited(db, {
    kind: 'agreement',
    detail: { agreement: agreementKey(which), action: 'applied' },
  });
  if (applied?.person === act.actor.person) return refused(issue('AGREEMENT-TWO-PERSONS'));
  const approved = approve(document, {
    party: which.party,
    by: act.actor.person,
    at: act.at,
    reference: which.reference,
  });
  if (!approved) return refused(issue('AGREEMENT-PARTY'));
  await keep(approved, 'approved', db, act);
  return done(approved);
}

/** Takes a version out of force, or puts it back; what is decided from now on goes by it. */
export async function setAgreementStatus(
  which: AgreementKey & { readonly status: 'in-force' | 'suspended' | 'ended' },
  db: Database,
  act: Act,
): Promise<Result<AgreementDocument>> {
  const document = findAgreement(act.region, which);
  if (!document) return refused(issue('AGREEMENT-UNKNOWN'));
  const changed = { ...document, status: which.status };
  await keep(changed, which.status, db, act);
  return done(changed);
}

async function keep(document: AgreementDocument, action: string, store: Database, { actor, at }: Act): Promise<void> {
  const key = agreementKey(document);
  await store.transaction(async (db) => {
    await applyRegistry(
      db,
      [{ kind: 'agreement', id: key, content: document as unknown as Record<string, unknown> }],
      at,
    );
    const detail = { agreement: key, action, person: actor.person, hash: agreementHash(document) };
    await audit(db, [{ kind: 'agreement', actor: actor.client, detail }], at);
  });
}

export interface SimulationAsked {
  /** The rule set as it would be: the documents on file, with these put in or over them. */
  readonly agreements: readonly AgreementDocument[];
  readonly from: string;
  readonly to: string;
}

/** Tried out as it would be with every party's approval. */
function asIfInForce(document: AgreementDocument): AgreementDocument {
  const parties = document.parties.map((party) => ({ ...withoutApproval(party), approval: 'approved' }));
  return { ...document, status: 'in-force', parties };
}

/** Most stored decisions one simulation looks at. */
const SIMULATED = 100_000;

/** What would newly be sent, withheld or redacted, by recipient, had these documents been on file: over the stored decisions of a period. */
export async function simulateAgreements(
  asked: SimulationAsked,
  db: Database,
  region: Region,
): Promise<Result<Simulation>> {
  const isInstant = (text: unknown) => typeof text === 'string' && !Number.isNaN(Date.parse(text));
  if (!isInstant(asked.from) || !isInstant(asked.to)) return refused(issue('AGREEMENT-PERIOD'));
  const shapes = asked.agreements.flatMap((document) => checkAgreement(document, region)).filter(isFault);
  if (shapes.length > 0) return refused(...shapes);
  const organisations = Object.fromEntries(region.organisations);
  const given = asked.agreements.map(asIfInForce);
  const replaced = new Set(given.map(agreementKey));
  const before = compileRules({ organisations, agreements: region.agreements });
  const after = compileRules({
    organisations,
    agreements: [...region.agreements.filter((one) => !replaced.has(agreementKey(one))), ...given],
    approvals: 'stated',
  });
  if (!before.ok) return before;
  if (!after.ok) return after;
  const rows = await decisionsBetween(db, { from: asked.from, to: asked.to, limit: SIMULATED });
  const inputs = rows.map((row) => ({
    message: row.messageId,
    input: (row.content as Decided).input as DecisionInput,
  }));
  return done(simulate({ before: before.value, after: after.value }, inputs));
}
