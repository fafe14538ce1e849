import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, open, readFile, rename, rm } from 'node:fs/promises';
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
  /** Of the embedded server. */
  readonly dbOwnerPassword: string;
  readonly dbAppPassword: string;
  readonly dbSystemPassword: string;
}

export interface LoadedSecrets extends Secrets {
  /** The operator key was made just now: say it once. */
  readonly operatorKeyIsNew: boolean;
}

const MAKERS: Readonly<Record<keyof Secrets, () => string>> = {
  operatorKey: generateOperatorKey,
  keyPepper: randomSecret,
  signingKey: randomSecret,
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
  if (missing.length > 0) await writeSecrets(file, { ...kept, ...made });
  const secrets = { ...kept, ...made, ...definedOf(given) } as Secrets;
  return { ...secrets, operatorKeyIsNew: missing.includes('operatorKey') };
}

/**
 * The operator key that `secrets.json` holds, without holding the folder; undefined where none was made yet.
 * @throws DomainError CONFLICT when the file cannot be read.
 */
export async function readOperatorKey(dataDir: string): Promise<string | undefined> {
  const file = path.join(dataDir, 'secrets.json');
  if (!existsSync(file)) return undefined;
  return parseSecrets(
    file,
    await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new DomainError('CONFLICT', `${file} belongs to another user. Ask as the user who starts Likeness.`, {
        cause,
      });
    }),
  ).operatorKey;
}

function definedOf(given: Partial<Secrets>): Partial<Secrets> {
  return Object.fromEntries(
    NAMES.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  ) as Partial<Secrets>;
}

async function readSecrets(file: string, dataDir: string): Promise<Partial<Secrets>> {
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

function parseSecrets(file: string, text: string): Partial<Secrets> {
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    const wrong = NAMES.filter((name) => parsed[name] !== undefined && typeof parsed[name] !== 'string');
    if (wrong.length > 0) throw new Error(`${wrong.join(', ')} must be text`);
    return parsed as Partial<Secrets>;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): DomainError {
  return new DomainError('CONFLICT', `${file} cannot be read as JSON. Restore it from a backup.`, { cause });
}

/** The old file stays whole until the new one is on the disk. */
async function writeSecrets(file: string, secrets: Partial<Secrets>): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
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
