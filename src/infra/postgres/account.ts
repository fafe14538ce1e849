import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, statSync } from 'node:fs';
import path from 'node:path';
import { DomainError } from '../../domain/errors';
import type { PostgresBinaries } from './binaries';
import { stageBinaries } from './staged-binaries';

/** PostgreSQL refuses to run as root: it then runs under an account that exists on the machine anyway. */
const CANDIDATES = ['likeness', 'postgres', 'nobody'];

export interface ServerCommand {
  readonly file: string;
  readonly args: string[];
  readonly options: { readonly cwd: string; readonly env: Record<string, string>; uid?: number; gid?: number };
}

/** Nothing of this process's environment: PGDATA, PGPORT and the like would change what the server does. */
const OPTIONS = { cwd: '/', env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' } };

/** How the server's programs are started. */
export interface ServerAccount {
  /** undefined: as this process itself. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  /** What to spawn to run `program` under the account. */
  command(program: string, args: readonly string[]): ServerCommand;
  /** Gives a file or folder to the account. */
  own(target: string): void;
}

/** An account, and the programs as it reaches them. */
export interface ServerSetup {
  readonly account: ServerAccount;
  readonly binaries: PostgresBinaries;
}

/** Keeps the passed-on right in force for access(2) too, by which PostgreSQL looks at its own programs. Wants CAP_SETPCAP. */
const FOR_ACCESS = '--securebits=+no_setuid_fixup';

/**
 * Finds the account for the server and proves that it can run PostgreSQL's programs and enter `dataDir`.
 *
 * Under a folder that is closed to others, root passes on its right to enter (`setpriv`, util-linux). Where it may not
 * pass it on in full, as in a container without CAP_SETPCAP, a copy of the programs is made in an open folder.
 *
 * @throws DomainError DEPENDENCY_UNAVAILABLE when as root no account can; the sentence names the way out.
 */
export function chooseAccount(binaries: PostgresBinaries, dataDir: string): ServerSetup {
  if (process.getuid?.() !== 0) {
    const command = (file: string, args: readonly string[]) => ({ file, args: [...args], options: OPTIONS });
    return { account: { ids: undefined, command, own: () => undefined }, binaries };
  }
  const found = CANDIDATES.map((name) => ({ name, ids: idsOf(name) })).find((one) => one.ids !== undefined);
  if (!found?.ids) throw refusal(`none of the accounts ${CANDIDATES.join(', ')} exists`);
  const ids = found.ids;
  const own = (target: string): void => chownSync(target, ids.uid, ids.gid);
  // The folder itself stays unreadable to others: only its name can be passed through.
  chmodSync(dataDir, statSync(dataDir).mode | 0o011);
  const plain: ServerAccount = {
    ids,
    own,
    command: (file, args) => ({ file, args: [...args], options: { ...OPTIONS, ...ids } }),
  };
  const passing = (...flags: string[]): ServerAccount => ({
    ids,
    own,
    command: (file, args) => viaSetpriv(ids, flags, file, args),
  });
  for (const account of [plain, passing(FOR_ACCESS)]) {
    if (canRun(account, binaries.postgres, dataDir)) return { account, binaries };
  }
  const staged = stageBinaries(binaries);
  if (staged) {
    const account = passing();
    if (canRun(account, staged.postgres, dataDir)) return { account, binaries: staged };
  }
  throw refusal(
    `the account ${found.name} may not enter ${path.dirname(closedFolder(dataDir, ids) ?? binaries.postgres)}`,
  );
}

function refusal(reason: string): DomainError {
  return new DomainError(
    'DEPENDENCY_UNAVAILABLE',
    `PostgreSQL refuses to run as root, and ${reason}. Start Likeness as an ordinary user, or move it and its data to a folder that others may enter, or set DATABASE_URL.`,
    { retryable: false },
  );
}

function idsOf(name: string): { uid: number; gid: number } | undefined {
  try {
    const read = (flag: string): number =>
      Number.parseInt(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }), 10);
    return { uid: read('-u'), gid: read('-g') };
  } catch {
    return undefined;
  }
}

function viaSetpriv(
  ids: { uid: number; gid: number },
  flags: readonly string[],
  file: string,
  args: readonly string[],
): ServerCommand {
  const rights = '-all,+dac_override';
  return {
    file: 'setpriv',
    args: [
      `--reuid=${ids.uid}`,
      `--regid=${ids.gid}`,
      '--clear-groups',
      `--inh-caps=${rights}`,
      `--ambient-caps=${rights}`,
      ...flags,
      file,
      ...args,
    ],
    options: OPTIONS,
  };
}

function canRun(account: ServerAccount, postgres: string, dataDir: string): boolean {
  const run = (file: string, args: string[]) => {
    const command = account.command(file, args);
    return spawnSync(command.file, command.args, { ...command.options, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
  };
  // Prints its settings, having looked for itself as the server and initdb do; what it cannot read it calls invalid.
  const described = run(postgres, ['--describe-config']);
  if (described.status !== 0 || /invalid binary/.test(described.stderr)) return false;
  return run('/bin/sh', ['-c', 'cd "$1"', 'sh', dataDir]).status === 0;
}

/** The first folder on the way that others may not enter, for the sentence. */
function closedFolder(target: string, ids: { uid: number }): string | undefined {
  const parts = path.resolve(target).split(path.sep);
  for (let end = 2; end <= parts.length; end += 1) {
    const folder = parts.slice(0, end).join(path.sep);
    const stat = statSync(folder);
    if ((stat.mode & 0o001) === 0 && stat.uid !== ids.uid) return path.join(folder, '.');
  }
  return undefined;
}
