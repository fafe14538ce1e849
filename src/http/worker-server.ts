import express from 'express';
import { createServer } from 'node:http';
import { healthRouter, type Dependency } from './health';
import { listen, localUrl } from './listening';
import { metricsRouter, type MetricsRouteOptions } from './metrics';

export interface WorkerServer {
  /** Where this machine reaches it: `http://host:port`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Answers what watches over a worker: `/livez`, `/readyz`, `/metrics`, and nothing else. One that is asked to stop answers no more.
 * @throws DomainError CONFLICT when the port or the address cannot be had.
 */
export async function startWorkerServer(
  options: { readonly dependencies: readonly Dependency[]; readonly metrics: MetricsRouteOptions },
  port: number,
  host: string,
): Promise<WorkerServer> {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(healthRouter(options.dependencies, () => false));
  app.use(metricsRouter(options.metrics));
  app.use((_req, res) => {
    res.status(404).json({
      error: { code: 'NOT_FOUND', message: 'A worker answers /livez, /readyz and /metrics only.', retryable: false },
    });
  });
  const server = createServer(app);
  const url = localUrl(host, await listen(server, port, host));
  return {
    url,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
