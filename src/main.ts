import 'reflect-metadata';
import pino from 'pino';
import { ConfigError, loadConfig, type Config } from './config';
import { startPlatform } from './container';
import { DomainError } from './domain/errors';

/** Exit status of a start that was refused for its settings or its surroundings (sysexits' EX_CONFIG). */
const EX_CONFIG = 78;

async function main(): Promise<void> {
  let config: Config;
  try {
    config = loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = EX_CONFIG;
    return;
  }
  const logger = pino({ level: config.logLevel, base: { role: config.role } });
  const startedAt = performance.now();
  const platform = await startPlatform(config, logger);

  let closing = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (closing) return;
    closing = true;
    logger.info({ signal }, 'stopping');
    void platform.close().then(
      () => logger.info('stopped'),
      (err: unknown) => logger.error({ err }, 'stopped uncleanly'),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  logger.info({ ms: Math.round(performance.now() - startedAt) }, 'ready');
  if (platform.url) {
    console.log(`Likeness listens on ${platform.url}/graphql`);
    if (platform.operatorKeyIsNew) {
      console.log(`Operator key, shown this once and kept in ${config.dataDir}/secrets.json: ${platform.operatorKey}`);
    }
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof DomainError ? error.message : error);
  process.exitCode = error instanceof DomainError ? EX_CONFIG : 1;
  // What failed to open may have left a handle behind that would keep the process alive.
  setTimeout(() => process.exit(), 2_000).unref();
});
