import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config';
import { Closers } from '../container/closers';
import { openFoundation, takeDataFolder } from '../container/foundation';
import { createLogger } from '../container/logging';
import { createSystem, type System } from '../database/system';
import { AuditSecrets } from '../domain/audit-secrets';
import { BEGINNING } from '../domain/audit-chain';
import { expiriesOf } from '../domain/audit-expiry';
import { verifyAudit, type ExportedEntry, type VerifyOptions } from '../domain/audit-verify';
import { DomainError } from '../domain/errors';
import type { TenantScope } from '../domain/tenant-scope';
import { AuditStore } from '../modules/audit/audit.store';
import { exportedEntryOf, readAuditFiles, tenantOf, type AuditFile } from './audit/audit-file';
import { endWith } from './ending';

const USAGE = `Usage: npm run audit -- COMMAND

verify FILE...               looks at every row and checkpoint of files, offline: no server, no database
verify --tenant ID FILE...   looks at every row of the database, and at checkpoints of files
export --tenant ID           writes every row to the standard output, a line each, and a checkpoint at the end
checkpoint --tenant ID       writes a checkpoint alone
erase --tenant ID SEQ...     erases what these rows say; a new row tells their numbers
digest --tenant ID FILE...   what \`probes\` has where these images were searched for

--key ID   believe checkpoints of this key alone (keyId); may be given more than once

All but verifying files want the settings of the server. Stop Likeness first where its PostgreSQL is embedded, or a secret is kept in
the data folder: one process owns it.`;

interface Opened {
  readonly system: System;
  readonly entries: AuditStore;
  readonly secrets: AuditSecrets;
}

interface Asked {
  readonly verb: string;
  readonly words: readonly string[];
  readonly tenantId: string | undefined;
  readonly keyIds: readonly string[] | undefined;
}

const PAGE = 1_000;
const print = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

/** Exit status 0; 1 when an audit has flaws, or the command failed; 2 on wrong usage. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { tenant: { type: 'string' }, key: { type: 'string', multiple: true }, help: { type: 'boolean' } },
  });
  const [verb = '', ...words] = positionals;
  const asked: Asked = { verb, words, tenantId: values.tenant, keyIds: values.key };
  if (verb === 'verify' && words.length > 0 && !asked.tenantId) return verifyFiles(asked);
  const isKnown = ['verify', 'export', 'checkpoint', 'erase', 'digest'].includes(verb);
  const wantsWords = verb === 'erase' || verb === 'digest';
  if (values.help || !isKnown || !asked.tenantId || (wantsWords && words.length === 0)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const config = loadConfig();
  const logger = createLogger({ level: 'warn', to: 2 });
  const closers = new Closers(
    (err, name) => logger.error({ err }, `${name} did not close cleanly`),
    new AbortController().signal,
  );
  try {
    await takeDataFolder(config, closers);
    const { database, secrets } = await openFoundation(config, logger, closers);
    const opened: Opened = {
      system: createSystem(database),
      entries: new AuditStore(database),
      secrets: new AuditSecrets(secrets.auditKey),
    };
    const scope = await opened.system.audit.findTenant(asked.tenantId);
    if (!scope) throw new DomainError('NOT_FOUND', `No tenant ${asked.tenantId}.`);
    while ((await opened.system.audit.isBehind()) && (await opened.system.audit.advance()) > 0);
    return await run(asked, scope, opened);
  } finally {
    await closers.closeAll();
  }
}

async function run(asked: Asked, scope: TenantScope, opened: Opened): Promise<number> {
  const { verb, words } = asked;
  const { entries, secrets, system } = opened;
  if (verb === 'verify') {
    const rows: ExportedEntry[] = [];
    for await (const row of rowsOf(scope, entries)) rows.push(row);
    const { checkpoints } = await readAuditFiles(words);
    const head = await entries.head(scope);
    // All of it is here, from the first row on.
    return tell(asked, { entries: rows, checkpoints }, { tenantId: scope.tenantId, head, before: BEGINNING });
  }
  if (verb === 'digest') {
    for (const file of words) {
      const sha256 = createHash('sha256')
        .update(await readFile(file))
        .digest();
      console.log(`${secrets.probeDigest(scope.tenantId, sha256)}  ${file}`);
    }
    return 0;
  }
  if (verb === 'erase') {
    const wrong = words.filter((word) => !/^[1-9]\d{0,17}$/.test(word));
    if (wrong.length > 0) throw new DomainError('BAD_USER_INPUT', `These are no numbers of rows: ${wrong.join(', ')}.`);
    const erased = await system.audit.erase(scope, words.map(BigInt));
    console.log(`Erased: ${erased.length === 0 ? 'none' : erased.join(', ')}`);
    return erased.length === words.length ? 0 : 1;
  }
  // The checkpoint last: it covers every row before it.
  if (verb === 'export') for await (const row of rowsOf(scope, entries)) print(row);
  const head = (await entries.head(scope)) ?? BEGINNING;
  print(secrets.checkpointSigner().sign(scope.tenantId, head, new Date()));
  return 0;
}

async function* rowsOf(scope: TenantScope, entries: AuditStore): AsyncGenerator<ExportedEntry> {
  for (let after: string | undefined; ;) {
    const rows = await entries.list(scope, {}, { first: PAGE, ...(after ? { after: { id: after } } : {}) });
    for (const row of rows.slice(0, PAGE)) yield exportedEntryOf(row);
    if (rows.length <= PAGE) return;
    after = rows[PAGE - 1]!.seq.toString();
  }
}

async function verifyFiles(asked: Asked): Promise<number> {
  const file = await readAuditFiles(asked.words);
  const tenantId = tenantOf(file);
  if (!tenantId)
    throw new DomainError('BAD_USER_INPUT', 'There is no row with a content in these files, and no checkpoint.');
  return tell(asked, file, { tenantId });
}

/** Prints each flaw on a line. */
function tell(
  { keyIds }: Asked,
  { entries, checkpoints }: AuditFile,
  whole: Pick<VerifyOptions, 'tenantId' | 'head' | 'before'>,
): number {
  const { tenantId } = whole;
  const first = entries[0]?.seq ?? '1';
  const flaws = verifyAudit(entries, { ...whole, checkpoints, keyIds });
  for (const { kind, message } of flaws) console.log(`${kind}: ${message}`);
  for (const { seq, at, through, before } of expiriesOf(entries)) {
    console.log(
      `Row ${seq} of ${at}: rows up to ${through}, from before ${before}, were removed because their time was over`,
    );
  }
  const keys = [...new Set(checkpoints.map(({ keyId }) => keyId))];
  console.log(
    `${entries.length} rows from ${first} on of tenant ${tenantId}, ${checkpoints.length} checkpoints${keys.map((id) => `, signed by ${id}`).join('')}: ` +
      (flaws.length === 0 ? 'nothing is wrong' : `${flaws.length} flaws`),
  );
  return flaws.length === 0 ? 0 : 1;
}

endWith(main());
