import express, { type Request, type Response, Router } from 'express';
import { issue, type Result } from '../../errors.ts';
import { toOperationOutcome } from '../../fhir/outcome.ts';
import {
  type Actor,
  agreementKey,
  applyAgreement,
  approveAgreement,
  checkAgreement,
  findAgreement,
  setAgreementStatus,
  simulateAgreements,
} from '../../pipeline/agreements.ts';
import { type AgreementDocument, agreementHash } from '../../policy/agreement.ts';
import { diffAgreements } from '../../policy/agreement-diff.ts';
import type { Door } from '../deps.ts';
import { refuse } from '../reply.ts';
import { principalOf } from '../sign-in/require-scope.ts';

const BASE = '/admin/agreements';
const STATUSES = ['in-force', 'suspended', 'ended'] as const;

/**
 * Agreements on file: apply (versions are immutable once approved), approve (by another person), suspend, end, compare, try out. Each change
 * names the person behind it in the body's `person`, and is audited.
 */
export function agreementRoutes(door: Door): Router {
  const { parts, requireScope } = door;
  const router = Router();
  const guard = [requireScope('samspil/operate'), express.json({ limit: '1mb' })] as const;
  const region = async () => (await parts.region.current(parts.db)).region;

  router.get(BASE, ...guard, async (_request, response) => {
    const { agreements } = await region();
    response.json({
      agreements: agreements.map(({ id, version, title, status, valid_from, valid_to }) => ({
        id,
        version,
        title,
        status,
        valid_from,
        valid_to,
      })),
    });
  });
  router.get(`${BASE}/:id/:version`, ...guard, async (request, response) => {
    const found = findAgreement(await region(), keyOf(request));
    if (!found) return refuse(response, [issue('AGREEMENT-UNKNOWN')]);
    response.json({
      agreement: found,
      hash: agreementHash(found),
      outcome: toOperationOutcome(checkAgreement(found, await region())),
    });
  });
  router.post(BASE, ...guard, async (request, response) => {
    const { agreement, person } = bodyOf(request);
    await act(response, person, async (actor, at) =>
      applyAgreement(agreement, parts.db, { region: await region(), actor, at }),
    );
  });
  router.post(`${BASE}/diff`, ...guard, async (request, response) => {
    const { agreement } = bodyOf(request);
    const now = await region();
    const faults = checkAgreement(agreement, now);
    const given = agreement as AgreementDocument;
    const before = now.agreements
      .filter(({ id }) => id === given?.id)
      .sort((one, other) => other.version - one.version)[0];
    response.json({
      against: before && agreementKey(before),
      changes: before ? diffAgreements(before, given) : [],
      outcome: toOperationOutcome(faults),
    });
  });
  router.post(`${BASE}/simulate`, ...guard, async (request, response) => {
    const { agreements, from, to } = bodyOf(request);
    const asked = {
      agreements: (Array.isArray(agreements) ? agreements : []) as AgreementDocument[],
      from: String(from ?? ''),
      to: String(to ?? ''),
    };
    send(response, await simulateAgreements(asked, parts.db, await region()));
  });
  router.post(`${BASE}/:id/:version/approvals`, ...guard, async (request, response) => {
    const { party, reference, person } = bodyOf(request);
    const which = { ...keyOf(request), party: String(party ?? ''), reference: String(reference ?? '') };
    await act(response, person, async (actor, at) =>
      approveAgreement(which, parts.db, { region: await region(), actor, at }),
    );
  });
  router.post(`${BASE}/:id/:version/status`, ...guard, async (request, response) => {
    const { status, person } = bodyOf(request);
    const known = STATUSES.find((one) => one === status);
    if (!known) return refuse(response, [issue('AGREEMENT-PERSON', 'status', { element: 'status' })]);
    await act(response, person, async (actor, at) =>
      setAgreementStatus({ ...keyOf(request), status: known }, parts.db, { region: await region(), actor, at }),
    );
  });

  async function act(
    response: Response,
    person: unknown,
    work: (actor: Actor, at: string) => Promise<Result<AgreementDocument>>,
  ): Promise<void> {
    if (typeof person !== 'string' || person.trim() === '')
      return refuse(response, [issue('AGREEMENT-PERSON', 'person', { element: 'person' })]);
    const actor = { client: principalOf(response).client.id, person: person.trim() };
    send(response, await work(actor, parts.now().toISOString()));
  }

  return router;
}

function send(response: Response, result: Result<unknown>): void {
  if (!result.ok) {
    refuse(response, result.issues);
    return;
  }
  response.json({
    result: result.value,
    ...(result.issues.length > 0 && { outcome: toOperationOutcome(result.issues) }),
  });
}

const keyOf = (request: Request) => ({ id: String(request.params.id), version: Number(request.params.version) });
const bodyOf = (request: Request) => (request.body ?? {}) as Readonly<Record<string, unknown>>;
