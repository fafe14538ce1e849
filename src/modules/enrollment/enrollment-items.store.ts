import type { Tx } from '../../database/sql';
import type { OutcomeCounts } from '../jobs/job-rows.store';

/** What is written into a row of `job_items`. */
export interface ItemChange {
  readonly id: string;
  readonly state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  readonly image_id?: string;
  readonly duplicate?: boolean;
  readonly unindexed?: boolean;
  readonly error_code?: string;
  readonly error_message?: string;
  readonly error_details?: Readonly<Record<string, unknown>>;
  readonly known_person_id?: string;
  readonly known_similarity?: number;
}

/** Only a failed item keeps its input, for a retry: who is deleted later must not live on in what was said of them. */
export async function updateItems(tx: Tx, changes: readonly ItemChange[], now: Date): Promise<void> {
  if (changes.length === 0) return;
  await tx.$executeRaw`
    UPDATE job_items t
       SET state = r.state::"JobItemState", image_id = r.image_id, duplicate = COALESCE(r.duplicate, false),
           unindexed = COALESCE(r.unindexed, false),
           error_code = r.error_code, error_message = r.error_message, error_details = r.error_details,
           known_person_id = known.id, known_similarity = CASE WHEN known.id IS NOT NULL THEN r.known_similarity END,
           updated_at = ${now},
           has_leftover = r.image_id IS DISTINCT FROM t.id,
           person_external_id = CASE r.state WHEN 'FAILED' THEN t.person_external_id END,
           person_create = CASE r.state WHEN 'FAILED' THEN t.person_create END,
           faces = CASE r.state WHEN 'FAILED' THEN t.faces END,
           url = CASE r.state WHEN 'FAILED' THEN t.url END
      FROM json_to_recordset(${JSON.stringify(changes)}::json)
           AS r(id uuid, state text, image_id uuid, duplicate boolean, unindexed boolean, error_code text,
                error_message text, error_details jsonb, known_person_id uuid, known_similarity float8)
      LEFT JOIN persons known ON known.id = r.known_person_id
     WHERE t.id = r.id`;
}

/** How many items ended, by how. */
export function countsOf(changes: readonly ItemChange[]): OutcomeCounts {
  const count = (state: ItemChange['state']): number => changes.filter((change) => change.state === state).length;
  return {
    done: count('SUCCEEDED'),
    unindexed: changes.filter((change) => change.unindexed).length,
    failed: count('FAILED'),
    cancelled: count('CANCELLED'),
  };
}
