import type { Bundle } from '@medplum/fhirtypes';
import express, { type Response, Router } from 'express';
import { auditTrail } from '../../pipeline/audit-trail.ts';
import { audit } from '../../store/audit.ts';
import { findPatients } from '../../store/resources.ts';
import type { Door } from '../deps.ts';
import { UUID } from '../messages.ts';
import { refuseCode, sendFhir } from '../reply.ts';
import { principalOf } from '../sign-in/require-scope.ts';
import { covers } from '../sign-in/scopes.ts';

const PAGE = 50;
const LARGEST_PAGE = 200;

type Asked = Readonly<Record<string, unknown>>;

/**
 * `AuditEvent?patient=<hub id>`, newest first: for the protection officer with ids and codes, for a citizen's log (scope
 * `system/AuditEvent.rs`) in Danish sentences. By number of a person only with `POST _search`, so that no address holds one. No total.
 */
export function auditEventRoutes(door: Door): Router {
  const router = Router();
  const guard = door.requireScope('samspil/dpo', 'system/AuditEvent.rs');
  router.get('/fhir/AuditEvent', guard, async (request, response) => {
    const asked = request.query as Asked;
    const patientId = String(asked.patient ?? '').replace(/^Patient\//, '');
    await answer(response, { door, asked, patientId: UUID.test(patientId) ? patientId : undefined });
  });
  const form = express.urlencoded({ extended: false, limit: '10kb' });
  router.post('/fhir/AuditEvent/_search', guard, form, async (request, response) => {
    const asked = (request.body ?? {}) as Asked;
    const [, system, value] = /^([^|]+)\|([^|]+)$/.exec(String(asked['patient.identifier'] ?? '')) ?? [];
    const found = system && value ? await findPatients(door.parts.db, [{ system, value }]) : new Map<string, string>();
    // whoever the hub does not know has an empty log
    await answer(response, { door, asked, patientId: value ? ([...found.values()][0] ?? NOBODY) : undefined });
  });
  return router;
}

const NOBODY = '00000000-0000-0000-0000-000000000000';

async function answer(
  response: Response,
  { door, asked, patientId }: { door: Door; asked: Asked; patientId: string | undefined },
): Promise<void> {
  const { parts } = door;
  if (!patientId) return refuseCode(response, 'AUDIT-PATIENT');
  const { client, scopes } = principalOf(response);
  const isOfficer = covers(scopes, 'samspil/dpo') && asked.view !== 'citizen';
  const before = /^\d{1,18}$/.test(String(asked.before ?? '')) ? String(asked.before) : null;
  const limit = Math.min(Math.max(Math.trunc(Number(asked._count)) || PAGE, 1), LARGEST_PAGE);
  const reader = isOfficer ? 'officer' : 'citizen';
  const at = { region: door.footing().region, observer: parts.baseUrl() };
  const { events, next } = await auditTrail(parts.db, { patientId, reader, before, limit }, at);
  // whoever reads the record is on record
  await audit(
    parts.db,
    [{ kind: 'audit-read', actor: client.id, patientId, detail: { reader, count: events.length } }],
    parts.now().toISOString(),
  );
  const base = `${parts.baseUrl()}/fhir/AuditEvent`;
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(next && {
      link: [{ relation: 'next', url: `${base}?patient=${patientId}&_count=${limit}&before=${next}&view=${reader}` }],
    }),
    ...(events.length > 0 && {
      entry: events.map((resource) => ({ fullUrl: `${base}/${resource.id}`, resource, search: { mode: 'match' } })),
    }),
  };
  sendFhir(response, 200, bundle);
}
