import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/infra/postgres/embedded-postgres';
import { freePort, type Command } from './child';
import { ProcessTarget, type Target } from './target';
import { TcpProxy } from './tcp-proxy';

const OWNER_PASSWORD = 'owner-password-of-the-faults-00000';

/** A server behind a proxy, and where the product finds it. */
export interface Engine extends Target {
  readonly proxy: TcpProxy;
  /** host:port of the proxy. */
  readonly address: string;
  /** host:port of the server itself, for looking into it past every fault. */
  readonly directAddress: string;
}

/** Where the programs of the servers are: found by the shell's path where only a name is given. */
export interface EngineFiles {
  readonly redisServer: string;
  readonly milvusLite: string;
  /** undefined: images are files. */
  readonly versitygw: string | undefined;
}

/** Who the product is at the S3 server. */
export const S3_KEY = { accessKeyId: 'faults', secretAccessKey: 'secret-of-the-faults' };

/** Redis that keeps what it has acknowledged over a kill, not over a loss of its disk. */
export async function startRedis(folder: string, file: string): Promise<Engine> {
  const data = path.join(folder, 'redis');
  await mkdir(data, { recursive: true });
  const settings = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'];
  return startServer(
    'redis',
    folder,
    (port) => ({ file, args: ['--port', String(port), '--dir', data, ...settings] }),
    [path.join(data, 'appendonlydir')],
  );
}

export function startMilvus(folder: string, file: string): Promise<Engine> {
  const data = path.join(folder, 'milvus');
  return startServer(
    'milvus',
    folder,
    (port) => ({ file, args: ['server', '--data-dir', data, '--host', '127.0.0.1', '--port', String(port)] }),
    [data],
  );
}

/** versitygw on a folder. */
export async function startS3(folder: string, file: string): Promise<Engine> {
  const data = path.join(folder, 's3');
  await mkdir(data, { recursive: true });
  const env = { ROOT_ACCESS_KEY: S3_KEY.accessKeyId, ROOT_SECRET_KEY: S3_KEY.secretAccessKey };
  const args = (port: number): string[] => ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', data];
  return startServer('s3', folder, (port) => ({ file, args: args(port), env }), []);
}

async function startServer(
  name: string,
  folder: string,
  commandOf: (port: number) => Omit<Command, 'logFile'>,
  keeps: readonly string[],
): Promise<Engine> {
  const port = await freePort();
  const proxy = new TcpProxy({ host: '127.0.0.1', port });
  const target = new ProcessTarget({
    name,
    command: { ...commandOf(port), logFile: path.join(folder, `${name}.log`) },
    serves: () => accepts(port),
    proxy,
    forget: async () => {
      for (const place of keeps) await rm(place, { recursive: true, force: true });
    },
  });
  await target.start();
  const addresses = { address: `127.0.0.1:${await proxy.open()}`, directAddress: `127.0.0.1:${port}` };
  return Object.assign(target, addresses, { proxy });
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}

/** PostgreSQL from npm. Killed, it is started again at once, so that its proxy is what keeps it away. */
export class PostgresEngine implements Engine {
  readonly name = 'postgres';
  readonly proxy = new TcpProxy({ host: '127.0.0.1', port: 0 });
  address = '';
  private server: EmbeddedPostgres | undefined;

  constructor(private readonly dataDir: string) {}

  /** Login of the owner through the proxy. */
  get url(): string {
    const url = new URL(this.directUrl);
    url.host = this.address;
    return url.href;
  }

  /** Login of the owner past the proxy. */
  get directUrl(): string {
    return this.server!.ownerUrl;
  }

  get directAddress(): string {
    return new URL(this.directUrl).host;
  }

  async kill(): Promise<void> {
    await this.proxy.shut();
    process.kill(this.server!.pid, 'SIGKILL');
  }

  async stop(): Promise<void> {
    await this.proxy.shut();
    await this.server?.stop();
    this.server = undefined;
  }

  async start(): Promise<void> {
    const settings = { max_connections: '200' };
    this.server ??= await startEmbeddedPostgres({
      dataDir: this.dataDir,
      passwords: { owner: OWNER_PASSWORD },
      settings,
    });
    await this.untilServing();
    const { hostname, port } = new URL(this.directUrl);
    this.address = `127.0.0.1:${await this.proxy.open({ host: hostname, port: Number(port) })}`;
  }

  /** Reads past the proxy, as the owner. */
  async read<Row extends object>(statement: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.directUrl });
    await client.connect();
    try {
      return (await client.query<Row>(statement, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  private async untilServing(): Promise<void> {
    for (let isServing = false; !isServing;) {
      const client = new Client({ connectionString: this.directUrl });
      client.on('error', () => undefined);
      isServing = await client.connect().then(
        () => client.end().then(() => true),
        () => false,
      );
    }
  }
}
