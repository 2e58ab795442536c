import type { Queryable } from './database.ts';

export interface Merge {
  /** The patient who is merged away, and the one who stays. */
  readonly from: string;
  readonly into: string;
  readonly messageId: string;
}

/**
 * Makes two patients one, under the locks of both their lanes: identifiers, directives, deliveries and resources go over; what was decided
 * and audited stays as it was. `laneOf` gives the delivery lane of the patient who stays.
 */
export async function mergePatients(
  db: Queryable,
  { from, into, messageId }: Merge,
  to: { at: string; laneOf: (recipient: string) => string },
): Promise<void> {
  if (from === into) return;
  await db.query('UPDATE patient SET merged_into = $2 WHERE id = $1 OR merged_into = $1', [from, into]);
  await db.query('UPDATE patient_identifier SET patient_id = $2 WHERE patient_id = $1', [from, into]);
  await db.query('UPDATE directive SET patient_id = $2 WHERE patient_id = $1', [from, into]);
  await db.query('UPDATE emergency SET patient_id = $2 WHERE patient_id = $1', [from, into]);
  await db.query(
    `UPDATE patient SET directive_revision = directive_revision + 1 + (SELECT directive_revision FROM patient WHERE id = $1) WHERE id = $2`,
    [from, into],
  );
  const { rows } = await db.query<{ recipient: string }>(
    'SELECT DISTINCT recipient FROM delivery WHERE patient_id = $1',
    [from],
  );
  const lanes = rows.map(({ recipient }) => to.laneOf(recipient));
  await db.query(
    `UPDATE delivery d SET patient_id = $2, lane = CASE WHEN d.state IN ('waiting', 'parked', 'sent') THEN n.lane ELSE d.lane END
     FROM unnest($3::text[], $4::text[]) AS n (recipient, lane) WHERE d.patient_id = $1 AND d.recipient = n.recipient`,
    [from, into, rows.map(({ recipient }) => recipient), lanes],
  );
  await db.query(
    `WITH moved AS (
       UPDATE resource SET patient_id = $2::uuid, version = version + 1, updated_at = $3, message_id = $4,
         content = jsonb_set(replace(content::text, 'Patient/' || $1::text, 'Patient/' || $2::text)::jsonb, '{meta,versionId}', to_jsonb((version + 1)::text))::json
       WHERE patient_id = $1::uuid AND type <> 'Patient' RETURNING type, id, version, content
     )
     INSERT INTO resource_version (type, id, version, updated_at, message_id, content) SELECT type, id, version, $3, $4, content FROM moved`,
    [from, into, to.at, messageId],
  );
}
