import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { generateOperatorKey } from '../../domain/api-key';
import { DomainError } from '../../domain/errors';

/** Everything that must stay the same from start to start and must not be guessed. */
export interface Secrets {
  /** `lk_operator_...` */
  readonly operatorKey: string;
  /** Pepper of the stored API key hashes. */
  readonly keyPepper: string;
  /** Signs addresses and cursors. */
  readonly signingKey: string;
  /** What the audit's own keys are derived from; never rotated. */
  readonly auditKey: string;
  /** Of the embedded server. */
  readonly dbOwnerPassword: string;
  readonly dbAppPassword: string;
  readonly dbSystemPassword: string;
}

/** Those that are rotated. */
export const ROTATED = ['signingKey', 'keyPepper'] as const;
export type Rotated = (typeof ROTATED)[number];

/** One that was replaced and is still honoured. */
export interface OldSecret {
  readonly of: Rotated;
  readonly secret: string;
  /** ISO 8601, UTC. */
  readonly replacedAt: string;
}

/** What `secrets.json` holds. */
export type SecretsFile = Partial<Secrets> & {
  /** The last replaced first. */
  readonly old?: readonly OldSecret[];
};

export interface LoadedSecrets extends Secrets {
  readonly old: readonly OldSecret[];
  /** The operator key was made just now: say it once. */
  readonly operatorKeyIsNew: boolean;
}

const MAKERS: Readonly<Record<keyof Secrets, () => string>> = {
  operatorKey: generateOperatorKey,
  keyPepper: randomSecret,
  signingKey: randomSecret,
  auditKey: randomSecret,
  dbOwnerPassword: randomSecret,
  dbAppPassword: randomSecret,
  dbSystemPassword: randomSecret,
};
const NAMES = Object.keys(MAKERS) as (keyof Secrets)[];

/**
 * Reads `secrets.json` (0600) of the data folder, and makes what it lacks. What is given is used and not written down.
 * Call it while holding the folder.
 *
 * @throws DomainError CONFLICT when the file cannot be read, or is missing beside a database that needs it.
 */
export async function loadSecrets(dataDir: string, given: Partial<Secrets> = {}): Promise<LoadedSecrets> {
  const file = path.join(dataDir, 'secrets.json');
  const kept = await readSecrets(file, dataDir);
  const missing = NAMES.filter((name) => given[name] === undefined && kept[name] === undefined);
  const made = Object.fromEntries(missing.map((name) => [name, MAKERS[name]()])) as Partial<Secrets>;
  // Before it had a secret of its own, the audit's keys were derived from the signing key.
  const signingKey = given.signingKey ?? kept.signingKey;
  if (missing.includes('auditKey') && signingKey !== undefined) Object.assign(made, { auditKey: signingKey });
  if (missing.length > 0) await writeSecrets(file, { ...kept, ...made });
  const secrets = { ...kept, ...made, ...definedOf(given) } as Secrets;
  // What is given from outside is not what the file has replaced.
  const old = (kept.old ?? []).filter(({ of }) => given[of] === undefined);
  return { ...secrets, old, operatorKeyIsNew: missing.includes('operatorKey') };
}

/**
 * The operator key that `secrets.json` holds, without holding the folder; undefined where none was made yet.
 * @throws DomainError CONFLICT when the file cannot be read.
 */
export async function readOperatorKey(dataDir: string): Promise<string | undefined> {
  return (await readSecretsFile(dataDir))?.operatorKey;
}

/**
 * What `secrets.json` holds, without holding the folder; undefined where there is none yet.
 * @throws DomainError CONFLICT when the file cannot be read.
 */
export async function readSecretsFile(dataDir: string): Promise<SecretsFile | undefined> {
  const file = path.join(dataDir, 'secrets.json');
  if (!existsSync(file)) return undefined;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const message = `${file} belongs to another user. Ask as the user who starts Likeness.`;
    throw new DomainError('CONFLICT', message, { cause });
  });
  return parseSecrets(file, text);
}

/**
 * Puts a new secret in the place of one, which is honoured from now on beside it. A Likeness that is up sees it within a second.
 * @throws DomainError CONFLICT where none was made yet, or the file cannot be read.
 */
export async function rotateSecret(dataDir: string, of: Rotated, now: Date): Promise<string> {
  const kept = await readSecretsFile(dataDir);
  const secret = kept?.[of];
  if (secret === undefined) {
    throw new DomainError('CONFLICT', `There are no secrets in ${dataDir} yet: npm start makes them.`);
  }
  const made = randomSecret();
  const old = [{ of, secret, replacedAt: now.toISOString() }, ...(kept?.old ?? [])];
  // A file of before has none: what signed until now is what the audit goes on with.
  const auditKey = kept?.auditKey ?? kept?.signingKey;
  await writeSecrets(path.join(dataDir, 'secrets.json'), {
    ...kept,
    ...(auditKey ? { auditKey } : {}),
    [of]: made,
    old,
  });
  return made;
}

/** Forgets an old secret: nothing that it made is honoured from now on. */
export async function forgetSecret(dataDir: string, secret: string): Promise<void> {
  const kept = await readSecretsFile(dataDir);
  const old = (kept?.old ?? []).filter((one) => one.secret !== secret);
  await writeSecrets(path.join(dataDir, 'secrets.json'), { ...kept, old });
}

function definedOf(given: Partial<Secrets>): Partial<Secrets> {
  return Object.fromEntries(
    NAMES.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  ) as Partial<Secrets>;
}

async function readSecrets(file: string, dataDir: string): Promise<SecretsFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
    await chmod(file, 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(file, cause);
    if (!existsSync(path.join(dataDir, 'postgres'))) return {};
    throw new DomainError(
      'CONFLICT',
      `${file} is missing, and the database beside it cannot be opened without it. Restore it from a backup, or move the data folder away to begin anew.`,
      { cause },
    );
  }
  return parseSecrets(file, text);
}

function parseSecrets(file: string, text: string): SecretsFile {
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    const wrong = NAMES.filter((name) => parsed[name] !== undefined && typeof parsed[name] !== 'string');
    if (wrong.length > 0) throw new Error(`${wrong.join(', ')} must be text`);
    const { old = [] } = parsed;
    if (!Array.isArray(old) || !old.every(isOldSecret)) throw new Error('old must be a list of replaced secrets');
    return parsed as SecretsFile;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function isOldSecret(value: unknown): boolean {
  const { of, secret, replacedAt } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return ROTATED.includes(of as Rotated) && typeof secret === 'string' && typeof replacedAt === 'string';
}

function unreadable(file: string, cause: unknown): DomainError {
  return new DomainError('CONFLICT', `${file} cannot be read as JSON. Restore it from a backup.`, { cause });
}

/** A command that root ran must not take the file from who starts Likeness. */
async function keepOwner(draft: FileHandle, file: string): Promise<void> {
  const before = await stat(file).catch(() => undefined);
  if (before && before.uid !== process.geteuid?.()) await draft.chown(before.uid, before.gid);
}

/** The old file stays whole until the new one is on the disk. */
async function writeSecrets(file: string, secrets: SecretsFile): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await keepOwner(handle, file);
      await handle.writeFile(`${JSON.stringify(secrets, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
    const folder = await open(path.dirname(file), 'r');
    await folder.sync().finally(() => folder.close());
  } finally {
    await rm(draft, { force: true });
  }
}

function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}
