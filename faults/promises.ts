import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Gallery } from './gallery';
import type { IndexKeys } from './index-keys';
import type { HeardEvent, Subscriber } from './subscriber';

const POLL_MS = 250;

/** Where what is promised is looked for, past the product. */
export interface Places {
  /** Reads the database as its owner. */
  readonly query: <Row extends object>(statement: string, values?: readonly unknown[]) => Promise<Row[]>;
  readonly index: IndexKeys;
  /** Has a folder of kept images for each tenant. */
  readonly storedImages: string;
}

/** Looks until there is nothing to complain of, or the time is over. @returns what is left to complain of. */
export async function untilKept(look: () => Promise<string[]>, timeoutMs: number): Promise<string[]> {
  for (const giveUpAt = performance.now() + timeoutMs; ; await wait(POLL_MS)) {
    const broken = await look();
    if (broken.length === 0 || performance.now() > giveUpAt) return broken;
  }
}

/** No job, item, message or deletion is left under way. */
export async function findStuckWork({ query }: Places): Promise<string[]> {
  const rows = await query<{ what: string; count: number }>(`
    SELECT 'jobs of state ' || state AS what, count(*)::int AS count FROM jobs
     WHERE state IN ('QUEUED', 'IN_PROGRESS') GROUP BY state
    UNION ALL SELECT 'failed jobs: ' || coalesce(error_message, ''), count(*)::int FROM jobs
     WHERE state = 'FAILED' GROUP BY error_message
    UNION ALL SELECT 'items of state ' || state, count(*)::int FROM job_items
     WHERE state IN ('PENDING', 'RUNNING') GROUP BY state
    UNION ALL SELECT 'messages of ' || job_name, count(*)::int FROM outbox GROUP BY job_name
    UNION ALL SELECT 'faces of state ' || state, count(*)::int FROM faces
     WHERE state IN ('DETECTED', 'DELETED') GROUP BY state`);
  return rows.map(({ what, count }) => `${count} ${what} are left`);
}

/** What was accepted is in the database, the index and the image store once, and nothing else is. */
export async function compareStores(gallery: Gallery, tenantId: string, places: Places): Promise<string[]> {
  const { query, index, storedImages } = places;
  const broken: string[] = [];
  const compare = (what: string, there: readonly string[], expected: Iterable<string>): void => {
    const wanted = new Set(expected);
    const missing = [...wanted].filter((one) => !there.includes(one));
    const extra = there.filter((one) => !wanted.has(one));
    const twice = there.length - new Set(there).size;
    if (missing.length + extra.length + twice === 0) return;
    const examples = [...missing.slice(0, 3), ...extra.slice(0, 3)].join(', ');
    broken.push(`${what}: ${missing.length} missing, ${extra.length} too many, ${twice} twice (${examples})`);
  };
  const people = [...gallery.enrolled.values()];
  const ofCollection = <Row extends object>(statement: string): Promise<Row[]> => query<Row>(statement, [gallery.id]);

  const faces = await ofCollection<{ id: string; key: string; image_id: string }>(
    `SELECT id, vector_key::text AS key, image_id FROM faces WHERE collection_id = $1 AND state = 'INDEXED'`,
  );
  compare(
    'faces',
    faces.map(({ id }) => id),
    people.map(({ faceId }) => faceId),
  );
  const persons = await ofCollection<{ id: string }>('SELECT id FROM persons WHERE collection_id = $1');
  compare(
    'persons',
    persons.map(({ id }) => id),
    people.map(({ personId }) => personId),
  );
  const embeddings = await ofCollection<{ key: string }>(
    'SELECT vector_key::text AS key FROM face_embeddings WHERE collection_id = $1',
  );
  const keys = faces.map(({ key }) => key);
  compare(
    'embeddings',
    embeddings.map(({ key }) => key),
    keys,
  );
  compare('index', (await index.list(gallery.id)).map(String), keys);
  const images = await ofCollection<{ id: string }>('SELECT id FROM images WHERE collection_id = $1');
  const ids = images.map(({ id }) => id);
  compare(
    'images of faces',
    [...new Set(faces.map(({ image_id: id }) => id))].filter((id) => !ids.includes(id)),
    [],
  );
  const [counts] = await ofCollection<{ face_count: number; person_count: number }>(
    'SELECT face_count, person_count FROM collections WHERE id = $1',
  );
  if (counts?.face_count !== people.length || counts.person_count !== people.length) {
    broken.push(`counters: ${JSON.stringify(counts)} where ${people.length} are enrolled`);
  }
  const all = await query<{ id: string }>('SELECT id FROM images WHERE tenant_id = $1', [tenantId]);
  compare(
    'stored images',
    await listFiles(path.join(storedImages, tenantId)),
    all.map(({ id }) => id),
  );
  return broken;
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** Each subscriber heard what happened to the collection once each, in order. */
export async function compareEvents(
  gallery: Gallery,
  subscribers: readonly Subscriber[],
  { query }: Places,
): Promise<string[]> {
  const rows = await query<{ type: string; job_id: string | null; created_at: Date }>(
    // Its making, the first of all, was over before anybody could follow it.
    'SELECT type, job_id, created_at FROM events WHERE collection_id = $1 ORDER BY seq OFFSET 1',
    [gallery.id],
  );
  const happened = rows.map(({ type, job_id: jobId, created_at: at }) => textOf({ type, jobId, at: at.getTime() }));
  return subscribers.flatMap(({ name, heard, failure }) => {
    if (failure !== undefined) return [`subscriber ${name} was told ${String(failure)}`];
    const texts = heard.map(textOf);
    const at = happened.findIndex((text, i) => text !== texts[i]);
    if (at < 0 && texts.length === happened.length) return [];
    const where = at < 0 ? happened.length : at;
    return [
      `subscriber ${name} heard ${texts.length} events of ${happened.length}; number ${where} is ${texts[where]} in place of ${happened[where]}`,
    ];
  });
}

const textOf = ({ type, jobId, at }: HeardEvent): string => `${type} of ${jobId} at ${at}`;
