import { timingSafeEqual } from 'node:crypto';
import { Router, type Request } from 'express';
import { defaultFieldResolver, GraphQLError, type GraphQLSchema } from 'graphql';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { publicErrorOf } from '../graphql/errors';

/** From what a cached answer takes to what the slowest analysis may. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What the API counts of its requests. Labels are names of the schema, of routes and of codes: a caller cannot make new ones. */
export class RequestMetrics {
  private readonly operations: Counter<'operation' | 'outcome'>;
  private readonly durations: Histogram<'operation'>;
  private readonly responses: Counter<'route' | 'status'>;
  private readonly refusals: Counter<'code' | 'transport'>;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.operations = new Counter({
      name: 'likeness_operations_total',
      help: 'Root fields of GraphQL operations that were worked on, over HTTP and sockets, by outcome: ok or the error code.',
      labelNames: ['operation', 'outcome'],
      registers,
    });
    this.durations = new Histogram({
      name: 'likeness_operation_seconds',
      help: 'How long root fields of queries and mutations took to resolve.',
      labelNames: ['operation'],
      buckets: SECONDS,
      registers,
    });
    this.responses = new Counter({
      name: 'likeness_http_responses_total',
      help: 'HTTP requests by the first part of their path and by status.',
      labelNames: ['route', 'status'],
      registers,
    });
    this.refusals = new Counter({
      name: 'likeness_errors_total',
      help: 'Errors that callers were told, by code: limits that were hit are among them.',
      labelNames: ['code', 'transport'],
      registers,
    });
  }

  /** Counts and times every query and mutation of the schema, whatever it comes by. */
  watch(schema: GraphQLSchema): void {
    for (const type of [schema.getQueryType(), schema.getMutationType()]) {
      for (const field of Object.values(type?.getFields() ?? {})) {
        const resolve = field.resolve ?? defaultFieldResolver;
        field.resolve = async (...args): Promise<unknown> => {
          const stop = this.durations.startTimer({ operation: field.name });
          try {
            const answer: unknown = await resolve(...args);
            this.operations.inc({ operation: field.name, outcome: 'ok' });
            return answer;
          } catch (error) {
            this.operations.inc({ operation: field.name, outcome: codeOf(error) });
            throw error;
          } finally {
            stop();
          }
        };
      }
    }
  }

  /** Bytes of requests that are held in memory, by the size of what they may hold; and the sockets that are open. */
  watchClients(bodies: Readonly<Record<string, { readonly inFlight: number }>>, countSockets: () => number): void {
    new Gauge({
      name: 'likeness_request_bytes_in_flight',
      help: 'Bytes of request bodies and socket messages that are held in memory.',
      labelNames: ['size'],
      registers: [this.registry],
      collect() {
        for (const [size, budget] of Object.entries(bodies)) this.set({ size }, budget.inFlight);
      },
    });
    new Gauge({
      name: 'likeness_sockets_open',
      help: 'WebSocket connections that are open.',
      registers: [this.registry],
      collect() {
        this.set(countSockets());
      },
    });
  }

  /** @param route as the request log has it. @param code of the first error that the caller was told. */
  answered(route: string, status: number, code: string | undefined): void {
    this.responses.inc({ route, status });
    if (code !== undefined) this.refusals.inc({ code, transport: 'http' });
  }

  /** An error was told over a socket. */
  refusedOnSocket(code: string): void {
    this.refusals.inc({ code, transport: 'socket' });
  }
}

function codeOf(error: unknown): string {
  const original = error instanceof Error ? error : new Error(String(error));
  return publicErrorOf(new GraphQLError(original.message, { originalError: original })).code;
}

export interface MetricsRouteOptions {
  readonly registry: Registry;
  /** Bearer token of whoever may read. Without one only programs of this machine may, and only directly. */
  readonly token: string | undefined;
  /** Whether the API listens on this machine alone. */
  readonly isLocalOnly: boolean;
}

/** `GET /metrics` in Prometheus' format; 404 where it is switched off, as if there were nothing. */
export function metricsRouter({ registry, token, isLocalOnly }: MetricsRouteOptions): Router {
  const router = Router();
  router.get('/metrics', async (req, res, next) => {
    // A proxy on this machine would let the whole world in.
    if (token === undefined && (!isLocalOnly || cameByProxy(req))) return next();
    if (token !== undefined && !isEqual(req.headers.authorization ?? '', `Bearer ${token}`)) {
      res
        .status(401)
        .set('WWW-Authenticate', 'Bearer')
        .json({
          error: {
            code: 'UNAUTHENTICATED',
            message: 'Send LIKENESS_METRICS_TOKEN: "Authorization: Bearer <token>".',
            retryable: false,
          },
        });
      return;
    }
    const text = await registry.metrics();
    res.set('Content-Type', registry.contentType).send(text);
  });
  return router;
}

const cameByProxy = ({ headers }: Request): boolean =>
  ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'].some((name) => headers[name] !== undefined);

function isEqual(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
