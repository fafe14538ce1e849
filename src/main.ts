import 'reflect-metadata';
import { ConfigError, loadConfig, type Config } from './config';
import { startPlatform, type Platform } from './container';
import { createLogger } from './container/logging';
import { reasonOf } from './container/reason';
import { leaveSoon, stopAsked, stopSignal } from './container/stop-signal';
import { DomainError } from './domain/errors';
import { isEveryAddress } from './http/listening';

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
  const logger = createLogger({ level: config.logLevel, base: { role: config.role } });
  const stopping = stopSignal((signal) => logger.info({ signal }, 'stopping'));
  const startedAt = performance.now();
  let platform: Platform;
  try {
    platform = await startPlatform(config, logger, stopping);
  } catch (error) {
    if (!stopping.aborted) throw error;
    // Mostly the signal; but a Ctrl-C reaches initdb too, whose end may be noticed first.
    logger.debug({ err: error }, 'the start was cut short');
    console.log('Likeness was stopped before it was ready.');
    leaveSoon();
    return;
  }

  logger.info({ ms: Math.round(performance.now() - startedAt) }, 'ready');
  if (platform.url) {
    const lines = [`Likeness listens on ${platform.url}/graphql`];
    if (isEveryAddress(config.host) && !config.publicUrl) {
      lines.push(
        'It can be reached by every address of this machine. Addresses of images begin with the one that a client used; set LIKENESS_PUBLIC_URL behind a proxy.',
      );
    }
    if (platform.operatorKeyIsNew) {
      lines.push(`The operator key (npm run operator-key prints it again): ${platform.operatorKey}`);
    }
    // In one piece: who waits for the first line has the others.
    console.log(lines.join('\n'));
  }

  await stopAsked(stopping);
  await platform.close().then(
    () => logger.info('stopped'),
    (err: unknown) => logger.error({ err }, 'stopped uncleanly'),
  );
}

main().catch((error: unknown) => {
  console.error(reasonOf(error));
  process.exitCode = error instanceof DomainError ? EX_CONFIG : 1;
  leaveSoon();
});
