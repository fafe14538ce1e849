import { parseArgs } from 'node:util';
import { loadConfig, type Config } from '../config';
import { badInput, DomainError, notFound } from '../domain/errors';
import { secretId } from '../domain/honoured';
import { DAY } from '../domain/units';
import { forgetSecret, readSecretsFile, ROTATED, rotateSecret, type Rotated } from '../infra/postgres/secrets';
import { endWith } from './ending';

const USAGE = `Usage: npm run secrets -- COMMAND

list              the secrets that are honoured, by their ids; never what they are
rotate NAME       makes a new one: ${ROTATED.join(' or ')}. The one before is honoured beside it until it is retired
retire ID         ends an old one. With --force before what it has made has run out

It runs beside a Likeness that is up, which sees the change within a second, and works on the secrets of the data folder. Secrets that are given by
settings are rotated there: docs/operations.md says how.`;

/** Uploads are waited for so long; addresses of images as long as the settings say. */
const UPLOADS_MS = DAY;

/** Exit status 0; 1 when the command failed; 2 on wrong usage. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { force: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const [verb, word, ...rest] = positionals;
  const wantsWord = verb === 'rotate' || verb === 'retire';
  const isRight = (verb === 'list' || wantsWord) && (word !== undefined) === wantsWord && rest.length === 0;
  if (values.help || !isRight) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const config = loadConfig();
  if (verb === 'rotate') await rotate(config, word ?? '');
  if (verb === 'retire') await retire(config, word ?? '', values.force ?? false);
  await list(config);
  return 0;
}

async function list({ dataDir }: Config): Promise<void> {
  const file = await readSecretsFile(dataDir);
  for (const of of ROTATED) {
    const newest = file?.[of];
    if (newest !== undefined) console.log(`${secretId(newest)}  ${of}  in force`);
    for (const old of file?.old ?? []) {
      if (old.of === of) console.log(`${secretId(old.secret)}  ${of}  replaced at ${old.replacedAt}, still honoured`);
    }
  }
}

async function rotate(config: Config, name: string): Promise<void> {
  const of = ROTATED.find((one) => one === name);
  if (!of) throw badInput({ path: 'NAME', rule: `must be ${ROTATED.join(' or ')}` });
  assertOfFolder(config, of);
  await rotateSecret(config.dataDir, of, new Date());
}

async function retire(config: Config, id: string, force: boolean): Promise<void> {
  const file = await readSecretsFile(config.dataDir);
  if (ROTATED.some((of) => file?.[of] !== undefined && secretId(file[of]) === id)) {
    throw new DomainError('CONFLICT', 'This one is in force. Rotate it first.');
  }
  const old = file?.old?.find(({ secret }) => secretId(secret) === id);
  if (!old) throw notFound('old secret');
  if (!force) assertRunOut(config, old.of, new Date(old.replacedAt));
  await forgetSecret(config.dataDir, old.secret);
}

/** @throws DomainError CONFLICT while something that it has made may be in use. */
function assertRunOut({ addressTtlMs }: Config, of: Rotated, replacedAt: Date): void {
  if (of === 'keyPepper') {
    throw new DomainError(
      'CONFLICT',
      `API keys that were not used since ${replacedAt.toISOString()} would no longer work: see lastUsedAt of apiKeys, in which uses by logins from before count, too: have those people sign in again. Say --force once they have been used, or may end.`,
    );
  }
  const until = new Date(replacedAt.getTime() + Math.max(UPLOADS_MS, addressTtlMs));
  if (until <= new Date()) return;
  throw new DomainError(
    'CONFLICT',
    `Addresses that it has signed work until ${until.toISOString()}, and cursors for as long as it is honoured. Retire it then, or say --force.`,
  );
}

/** @throws DomainError CONFLICT when the secret is not that of the data folder. */
function assertOfFolder(config: Config, of: Rotated): void {
  if (config.mayMakeSecrets && config.secrets[of] === undefined) return;
  const setting = of === 'signingKey' ? 'LIKENESS_SIGNING_KEY' : 'LIKENESS_KEY_PEPPER';
  throw new DomainError(
    'CONFLICT',
    `This one is given by ${setting}: rotate it there, and name the one before in ${of === 'signingKey' ? 'LIKENESS_OLD_SIGNING_KEYS' : 'LIKENESS_OLD_KEY_PEPPERS'}.`,
  );
}

endWith(main());
