import { isThisMachineOnly } from '../http/listening';
import { startWorkerServer } from '../http/worker-server';
import type { Closers } from './closers';
import { dependenciesOf } from './dependencies';
import { createMetrics } from './metrics';
import type { Parts } from './parts';

/** Lets a worker be watched, where a port is set for that. */
export async function answerProbes(parts: Parts, closers: Closers): Promise<void> {
  const { config, logger, system } = parts;
  if (config.workerPort === undefined) return;
  const server = await startWorkerServer(
    {
      dependencies: dependenciesOf(parts),
      metrics: {
        registry: createMetrics({ ...parts, ...system }),
        token: config.metricsToken,
        isLocalOnly: isThisMachineOnly(config.host),
      },
    },
    config.workerPort,
    config.host,
  );
  closers.add('probes', () => server.close());
  logger.info({ url: server.url }, 'the worker answers /livez, /readyz and /metrics');
}
