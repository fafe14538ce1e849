import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { CommandError } from './exit-codes.ts';

/** Where a Likeness is and who calls it. */
export interface Login {
  readonly url: string;
  readonly apiKey: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const OWNER_ONLY = 0o600;

/** The logins of this user: one a profile, in a file that nobody else may read. */
export class LoginFile {
  readonly path: string;

  constructor(environment: Environment) {
    const folder = environment['XDG_CONFIG_HOME'] || path.join(environment['HOME'] || homedir(), '.config');
    this.path = path.join(folder, 'likeness', 'logins.json');
  }

  /** @throws CommandError when it cannot be read. */
  read(profile: string): Login | undefined {
    return this.all()[profile];
  }

  write(profile: string, login: Login): void {
    this.save({ ...this.all(), [profile]: login });
  }

  /** @returns whether there was one. */
  remove(profile: string): boolean {
    const { [profile]: removed, ...others } = this.all();
    if (removed) this.save(others);
    return removed !== undefined;
  }

  /** Whether others than the owner may read it. */
  isOpenToOthers(): boolean {
    if (process.platform === 'win32') return false;
    return ((statSync(this.path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0;
  }

  private all(): Record<string, Login> {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw new CommandError(`${this.path} cannot be read: ${(error as Error).message}`);
    }
    try {
      const found: unknown = JSON.parse(text);
      if (isLogins(found)) return found;
    } catch {
      // Told below.
    }
    throw new CommandError(`${this.path} is damaged. Delete it, then run: likeness login`);
  }

  private save(logins: Readonly<Record<string, Login>>): void {
    mkdirSync(path.dirname(this.path), { recursive: true, mode: 0o700 });
    const next = `${this.path}.${process.pid}`;
    try {
      writeFileSync(next, `${JSON.stringify(logins, null, 2)}\n`, { mode: OWNER_ONLY });
      chmodSync(next, OWNER_ONLY);
      renameSync(next, this.path);
    } catch (error) {
      rmSync(next, { force: true });
      throw new CommandError(`${this.path} cannot be written: ${(error as Error).message}`);
    }
  }
}

function isLogins(value: unknown): value is Record<string, Login> {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every(
    (one: unknown) =>
      typeof one === 'object' &&
      one !== null &&
      'url' in one &&
      typeof one.url === 'string' &&
      'apiKey' in one &&
      typeof one.apiKey === 'string',
  );
}
