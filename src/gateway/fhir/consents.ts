import type { Consent } from '@medplum/fhirtypes';
import { type Response, Router } from 'express';
import { isFault, issue } from '../../errors.ts';
import { readPersonNumber } from '../../fhir/identifiers.ts';
import { readConditional } from '../../pipeline/resolve.ts';
import { flattenConsent } from '../../policy/directive.ts';
import { audit } from '../../store/audit.ts';
import { type DirectiveRow, findOrMakePatient, readDirective, writeDirective } from '../../store/directives.ts';
import { clientOf, type Door } from '../deps.ts';
import { bodyOf, rawBody, UUID } from '../messages.ts';
import { refuse, refuseCode, sendFhir } from '../reply.ts';
import { principalOf } from '../sign-in/require-scope.ts';
import { readJson } from './resources.ts';

/**
 * What patients have said, as FHIR Consent: made, changed, revoked (status) and read back by the client that relays it. A Consent is
 * confidential in itself: nobody else finds it here, and its number of persons is in no address.
 */
export function consentRoutes(door: Door): Router {
  const { parts, requireScope } = door;
  const router = Router();
  const base = '/fhir/Consent';
  router.post(base, requireScope('system/Consent.c'), rawBody, async (request, response) => {
    await save(response, { door, body: bodyOf(request) });
  });
  router.put(`${base}/:id`, requireScope('system/Consent.u'), rawBody, async (request, response) => {
    const before = await own(request.params as { id: string }, response, door);
    if (!before) return;
    const ifMatch = request.get('if-match');
    if (ifMatch && ifMatch !== `W/"${before.version}"`) return refuseCode(response, 'STORE-VERSION');
    await save(response, { door, body: bodyOf(request), before });
  });
  router.get(`${base}/:id`, requireScope('system/Consent.r'), async (request, response) => {
    const found = await own(request.params as { id: string }, response, door);
    if (!found) return;
    response.set('ETag', `W/"${found.version}"`);
    sendFhir(response, 200, found.content);
  });
  router.delete(`${base}/:id`, requireScope('system/Consent.d'), async (request, response) => {
    const before = await own(request.params as { id: string }, response, door);
    if (!before) return;
    await write(
      { ...before, version: before.version + 1, content: { ...before.content, status: 'inactive' }, flat: [] },
      door,
    );
    response.status(204).end();
  });

  async function own(
    { id }: { id: string },
    response: Response,
    { parts: { db } }: Door,
  ): Promise<DirectiveRow | undefined> {
    const row = UUID.test(id)
      ? await readDirective(db, { id, recordedBy: principalOf(response).client.id })
      : undefined;
    if (!row) refuseCode(response, 'DOOR-NOT-FOUND');
    return row;
  }

  async function save(
    response: Response,
    { body, before }: { door: Door; body: Uint8Array; before?: DirectiveRow },
  ): Promise<void> {
    const parsed = readJson(body);
    if (!parsed.ok) return refuse(response, parsed.issues);
    const faults = parts.library.validate(parsed.resource).filter(isFault);
    if (faults.length > 0) return refuse(response, faults);
    const patient = patientNamed(parsed.resource as Consent);
    if (!patient && !before) return refuse(response, [issue('CONSENT-PATIENT', 'Consent.patient')]);
    const id = before?.id ?? parts.newId();
    const version = (before?.version ?? 0) + 1;
    // decisions name a directive by the id and version it has here
    const named = { ...(parsed.resource as Consent), id, meta: { versionId: String(version) } };
    const flat = flattenConsent(named, { keyOf: organisationKey(door) });
    if (!flat.ok) return refuse(response, flat.issues, 422);
    const recordedBy = clientOf(response, door).id;
    const at = parts.now().toISOString();
    const content = await parts.db.transaction(async (db) => {
      const patientId = before?.patientId ?? (await findOrMakePatient(db, patient!, parts.newId));
      const kept: Consent = {
        ...(parsed.resource as Consent),
        id,
        meta: { versionId: String(version), lastUpdated: at },
        patient: { reference: `Patient/${patientId}` },
      };
      await writeDirective(db, { id, patientId, version, recordedBy, content: kept, flat: flat.value }, at);
      await audit(
        db,
        [{ kind: 'directive', actor: recordedBy, patientId, detail: { directive: id, version, status: kept.status } }],
        at,
      );
      return kept;
    });
    response.set({ Location: `${parts.baseUrl()}/fhir/Consent/${id}`, ETag: `W/"${version}"` });
    sendFhir(response, before ? 200 : 201, content);
  }

  return router;
}

async function write(row: DirectiveRow, { parts }: Door): Promise<void> {
  const at = parts.now().toISOString();
  await parts.db.transaction(async (db) => {
    await writeDirective(db, row, at);
    await audit(
      db,
      [
        {
          kind: 'directive',
          actor: row.recordedBy,
          patientId: row.patientId,
          detail: { directive: row.id, version: row.version, status: row.content.status },
        },
      ],
      at,
    );
  });
}

/** By number only: a directive laid on the wrong patient would be a leak for one and a silence for the other. */
function patientNamed({ patient }: Consent): { system: string; value: string } | undefined {
  const named = readConditional('Patient', patient?.reference ?? '') ?? patient?.identifier;
  const number = named?.value ? readPersonNumber(named.value) : undefined;
  return number && number.system === named?.system ? { system: number.system, value: number.value } : undefined;
}

/** Key of an organisation in the rules, by `system|value` of one of its numbers. */
function organisationKey(door: Door): (identifier: string) => string | undefined {
  return (identifier) => {
    const value = identifier.slice(identifier.lastIndexOf('|') + 1);
    const found = [...door.footing().region.organisations.values()].find((one) =>
      [one.sor, one.gln, one.shak, one.ydernummer].includes(value),
    );
    return found?.id;
  };
}
