import { ConfigError, loadConfig } from '../config';
import { reasonOf } from '../container/reason';
import { DomainError } from '../domain/errors';
import { readOperatorKey } from '../infra/postgres/secrets';

/** `npm run operator-key`: prints the operator key in force, wherever it was made. It runs beside a Likeness that is up. */
async function main(): Promise<void> {
  const config = loadConfig();
  const key = config.secrets.operatorKey ?? (await readOperatorKey(config.dataDir));
  if (key === undefined) {
    throw new DomainError('NOT_FOUND', `There is no operator key in ${config.dataDir} yet: npm start makes one.`);
  }
  console.log(key);
}

main().catch((error: unknown) => {
  console.error(reasonOf(error));
  process.exitCode = error instanceof ConfigError ? 78 : 1;
});
