import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');

/** Files that may write what a change must keep together: the ledger itself, and what the platform writes for a new tenant. */
const MAY_WRITE = ['src/database/change.ts', 'src/database/system/outbox.ts', 'src/database/system/tenants.ts'];

const WRITES = new RegExp(
  [
    '(?:INSERT INTO|UPDATE|DELETE FROM)\\s+(?:events|vector_ops|outbox|tenant_counters)\\b',
    '\\b(?:event|vectorOp|outbox|tenantCounter)\\.(?:create|update|delete|upsert)\\w*\\(',
    '\\b(?:face_count|person_count|vector_seq|event_seq)\\s*=',
    '\\b(?:faceCount|personCount|vectorSeq|eventSeq):\\s*\\{',
  ].join('|'),
);

function sources(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('generated'))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')));
}

test('events, vector ops, messages and counters are written by a change alone', () => {
  const writers = [...sources('src'), ...sources('workers')].filter((file) =>
    WRITES.test(readFileSync(path.join(ROOT, file), 'utf8')),
  );
  expect(writers.sort()).toEqual(MAY_WRITE);
});
