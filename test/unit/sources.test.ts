import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { ERROR_CODES } from '../../src/domain/errors';
import { JobKinds } from '../../src/modules/jobs/job-kind';
import { jobKinds } from '../../src/modules/jobs/job-kinds';
import { findSqlStatements } from '../fixtures/sql-statements';

const ROOT = path.join(__dirname, '..', '..');

/** Files that may write what a change must keep together, each with its reason. */
const MAY_WRITE: Readonly<Record<string, string>> = {
  'src/database/change.ts': 'the ledger itself',
  'src/database/system/deployment.ts': 'what a queue that was lost had been handed waits again',
  'src/database/system/outbox.ts': 'messages that have been sent are deleted',
  'src/database/system/pruning.ts': 'messages of jobs that have ended are deleted',
  'src/database/system/tenants.ts': 'what the platform writes for a new tenant',
  'src/modules/collection-index/vector-op.store.ts': 'ops that every index has are pruned',
  'src/modules/deletion/deletion.store.ts': 'purges of the events and ops of what is deleted',
  'src/modules/pruning/pruning.store.ts': 'events are pruned',
};

const WRITES = new RegExp(
  [
    '(?:INSERT INTO|UPDATE|DELETE FROM)\\s+(?:events|vector_ops|outbox|tenant_counters)\\b',
    '\\b(?:event|vectorOp|outbox|tenantCounter)\\.(?:create|update|delete|upsert)\\w*\\(',
    '\\b(?:face_count|person_count|image_bytes|vector_seq|event_seq)\\s*=',
    '\\b(?:faceCount|personCount|imageBytes|vectorSeq|eventSeq):\\s*\\{',
  ].join('|'),
);
const COUNTERS = ['faceCount', 'personCount', 'imageBytes', 'vectorSeq', 'eventSeq'];
/** What Prisma takes the values of a row as. */
const ROW_VALUES = ['data', 'create', 'update'];

/** Files that may write without a change, each with what nobody is told of and nothing counts. */
const MAY_MAINTAIN: Readonly<Record<string, string>> = {
  'src/database/system/watermarks.ts': 'how far an engine has come',
  'src/modules/audit/audit.store.ts': 'rows of the audit that tell of no change',
  'src/modules/collection-index/vector-op.store.ts': 'leases of an index, and its log behind every index',
  'src/modules/deletion/deletion.store.ts': 'purges of what is out of sight, and that they have begun',
  'src/modules/enrollment/enrollment.store.ts': 'uploads for bytes that came with a request, and starts of items',
  'src/modules/images/upload.store.ts': 'what becomes of uploads',
  'src/modules/pruning/pruning.store.ts': 'what is past its time',
  'src/modules/reembedding/kept-vectors.store.ts': 'vectors and indexes that nothing needs any more',
  'src/modules/usage/usage-days.store.ts': 'use of days that are past their time',
};

/** Error codes of the product that the database and the adapters may raise, each with its reason. */
const MAY_RAISE: Readonly<Record<string, string>> = {
  'src/database/migration-runner.ts CONFLICT': 'a start that cannot go on: the database is of another version',
  'src/database/pooler.ts CONFLICT':
    'a login that does not keep tenants apart, or lacks what a pooler does not hand on',
  'src/database/tenant-turns.ts RATE_LIMITED': 'a tenant’s share of the connections has no room for more',
  'src/infra/archive/backup-file.ts BAD_USER_INPUT': 'the file that an operator has named is no whole backup',
  'src/infra/archive/backup-file.ts CONFLICT': 'a file of that name is there already',
  'src/infra/http-fetch/undici-url-fetcher.ts IMAGE_TOO_LARGE': 'what UrlFetcher promises',
  'src/infra/http-fetch/undici-url-fetcher.ts RATE_LIMITED': 'what UrlFetcher promises',
  'src/infra/http-fetch/undici-url-fetcher.ts URL_REFUSED': 'what UrlFetcher promises',
  'src/infra/postgres/cluster.ts CONFLICT': 'a start that cannot go on: the data folder is of another version',
  'src/infra/postgres/data-directory.ts CONFLICT': 'a start that cannot go on: another process holds the folder',
  'src/infra/postgres/embedded-postgres.ts CONFLICT': 'a start that cannot go on',
  'src/infra/postgres/orphan.ts CONFLICT': 'a start that cannot go on: another server holds the cluster',
  'src/infra/postgres/running-server.ts CONFLICT':
    'a command that cannot go on: the holder of the folder cannot be asked',
  'src/infra/postgres/secrets.ts CONFLICT': 'a start that cannot go on: the secrets are not those of the data',
  'src/infra/s3/s3-claim.ts CONFLICT': 'a start that cannot go on: the bucket is another deployment’s',
  'src/infra/s3/s3-errors.ts NOT_FOUND': 'what ImageStore promises of a missing object',
  'src/infra/sharp/sharp-image-cropper.ts IMAGE_UNREADABLE': 'what ImageCropper promises',
  'src/infra/storage/erasure-ledger-file.ts CONFLICT': 'a start that cannot go on: the file is no ledger',
  'src/infra/storage/file-image-store.ts NOT_FOUND': 'what ImageStore promises of a missing object',
};
/** Faults of the infrastructure are what an adapter is there to tell. */
const INFRASTRUCTURE = ['DEPENDENCY_UNAVAILABLE', 'TIMEOUT', 'STORAGE_FULL', 'INTERNAL_SERVER_ERROR'];

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

function sources(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('generated'))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')));
}

/** Whether a counter is among the values of a row: `data: { faceCount: 5 }`, however deep. */
function setsCounter(text: string): boolean {
  const visit = (node: ts.Node, isValue: boolean): boolean => {
    const name =
      ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node) || ts.isVariableDeclaration(node)
        ? node.name.getText().replace(/['"]/g, '')
        : '';
    if (isValue && COUNTERS.includes(name)) return true;
    return ts.forEachChild(node, (child) => visit(child, isValue || ROW_VALUES.includes(name))) ?? false;
  };
  return visit(ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true), false);
}

describe('events, vector ops, messages and counters', () => {
  it('are written by a change alone', () => {
    const written = findSqlStatements().filter(({ text }) => WRITES.test(text));
    const writers = new Set([
      ...written.map(({ at }) => at.replace(/:\d+$/, '')),
      ...[...sources('src'), ...sources('workers')].filter(
        (file) => WRITES.test(read(file)) || setsCounter(read(file)),
      ),
    ]);
    expect([...writers].sort()).toEqual(Object.keys(MAY_WRITE));
  });

  it('are seen to be written in any value of a row, and not where they are read', () => {
    expect(setsCounter('tx.collection.update({ where: { id }, data: { name: { set: n }, faceCount: 5 } })')).toBe(true);
    expect(setsCounter('tx.collection.createMany({ data: ids.map((id) => ({ id, personCount })) })')).toBe(true);
    expect(setsCounter('tx.collection.upsert({ where: { id }, create: row, update: { vectorSeq: 1n } })')).toBe(true);
    expect(setsCounter('tx.collection.findMany({ select: { faceCount: true }, where: { personCount: 0 } })')).toBe(
      false,
    );
  });
});

test('only what nobody is told of is written without a change', () => {
  const writers = [...sources('src'), ...sources('workers')].filter((file) =>
    /database\s*\.(maintain|execute)\(/.test(read(file)),
  );
  expect(writers.sort()).toEqual(Object.keys(MAY_MAINTAIN));
});

test('rules of the product are not raised by the database or by adapters', () => {
  const raised = [...sources('src/database'), ...sources('src/infra')].flatMap((file) => {
    const text = read(file);
    const codes = ERROR_CODES.filter((code) => text.includes(`'${code}'`));
    const helpers = [
      ...(/\bnotFound\(/.test(text) ? ['NOT_FOUND'] : []),
      ...(/\bbadInput\(/.test(text) ? ['BAD_USER_INPUT'] : []),
    ];
    return [...new Set([...codes, ...helpers])]
      .filter((code) => !INFRASTRUCTURE.includes(code))
      .map((code) => `${file} ${code}`);
  });
  expect(raised.sort()).toEqual(Object.keys(MAY_RAISE).sort());
});

describe('a kind of job', () => {
  it('is told from others by its declaration alone', () => {
    const names = jobKinds.all.flatMap(({ name, definition }) => [name, definition.name]);
    const literal = new RegExp(`['"](${names.join('|')})['"]`);
    const knowing = [...sources('src'), ...sources('workers')].filter((file) => literal.test(read(file)));
    expect(knowing).toHaveLength(jobKinds.all.length);
    expect(knowing.filter((file) => !file.endsWith('.kind.ts'))).toEqual([]);
  });

  it('is known to the feature that declares it and to the list of all kinds, and to nobody else', () => {
    const knowing = [...sources('src'), ...sources('workers')].flatMap((file) =>
      [...read(file).matchAll(/['"](\.{1,2}\/[^'"]*\.kind)(?:\.js)?['"]/g)]
        .map(([, imported]) => path.posix.join(path.posix.dirname(file), imported!))
        .filter((declaration) => path.posix.dirname(declaration) !== path.posix.dirname(file))
        .map((declaration) => `${file} ${declaration}`),
    );
    const list = 'src/modules/jobs/job-kinds.ts';
    expect(knowing.sort()).toEqual([
      `${list} src/modules/deletion/deletion.kind`,
      `${list} src/modules/enrollment/enrollment.kind`,
      `${list} src/modules/reembedding/reembedding.kind`,
    ]);
  });

  it('has a name and a job of the queue of its own', () => {
    const [first, second] = jobKinds.all;
    expect(() => new JobKinds([first!, { ...second!, name: first!.name }])).toThrow('the same name');
    expect(() => new JobKinds([first!, { ...second!, definition: first!.definition }])).toThrow('the same job');
    expect(() => jobKinds.get('GONE')).toThrow('does not know: GONE');
    expect(jobKinds.runsInDeletion('GONE')).toBe(false);
  });

  it('has messages for what is left of a job, and at least one', () => {
    for (const kind of jobKinds.all) {
      const job = { id: '01900000-0000-7000-8000-000000000000', requestId: 'r' };
      for (const open of [[], [0], Array.from({ length: 70 }, (_, n) => n)]) {
        const messages = kind.messagesFor(job, open);
        expect(messages.length).toBeGreaterThan(0);
        for (const { jobName, payload } of messages) {
          expect(jobName).toBe(kind.definition.name);
          expect(kind.definition.schema.parse(payload)).toEqual(payload);
        }
      }
    }
  });
});
