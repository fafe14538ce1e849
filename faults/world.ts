import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { PostgresEngine, S3_KEY, startMilvus, startRedis, startS3, type Engine, type EngineFiles } from './engines';
import { isReady, startProduct, type ProductProcess } from './product';
import type { Target } from './target';

export interface WorldOptions {
  readonly apis: number;
  readonly workers: number;
  readonly files: EngineFiles;
}

/** Settings of the processes that come from whoever runs the harness. */
const PASSED_ON = ['LIKENESS_PACKS', 'LIKENESS_MODELS_DIR'];

const BUCKET = 'likeness-faults';

const secret = (of: string): string => `${of}-of-the-faults`.padEnd(43, '0');

/** Engines and processes of one run, all its own, in a folder of its own. */
export class World {
  readonly operatorKey = `lk_operator_${'f'.repeat(43)}`;
  readonly imagesDir: string;
  readonly postgres: PostgresEngine;
  readonly engines: Engine[] = [];
  readonly apis: ProductProcess[] = [];
  readonly workers: ProductProcess[] = [];

  private constructor(readonly folder: string) {
    this.imagesDir = path.join(folder, 'images');
    this.postgres = new PostgresEngine(path.join(folder, 'database'));
  }

  /** @throws Error when an engine or a process does not come up; nothing is left running. */
  static async start(options: WorldOptions): Promise<World> {
    const folder = await mkdtemp(path.join(tmpdir(), 'likeness-faults-'));
    // PostgreSQL runs as another account where this one is root.
    await chmod(folder, 0o755);
    const world = new World(folder);
    try {
      await world.open(options);
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  /** Those that a kind of fault may strike, by its second word. */
  targets(name: string): readonly Target[] {
    if (name === 'worker') return this.workers;
    if (name === 'api') return this.apis;
    return this.engines.filter((engine) => engine.name === name);
  }

  engine(name: string): Engine | undefined {
    return this.engines.find((engine) => engine.name === name);
  }

  /** Below it the kept images of a tenant lie, in a folder named after it: versitygw has a bucket as a folder, too. */
  get storedImages(): string {
    return this.engine('s3') ? path.join(this.folder, 's3', BUCKET, 'images') : path.join(this.imagesDir, 'images');
  }

  /** Whether each process says that it has all it needs. */
  async isReady(): Promise<boolean> {
    const answers = await Promise.all([...this.apis, ...this.workers].map((one) => isReady(one).catch(() => false)));
    return answers.every(Boolean);
  }

  /** Ends everything, what stands still, too. */
  async stop(): Promise<void> {
    await Promise.all([...this.apis, ...this.workers].map((one) => one.kill()));
    await Promise.all(this.engines.map((engine) => engine.stop()));
    await Promise.all(this.engines.map(({ proxy }) => proxy.shut()));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async open({ apis, workers, files }: WorldOptions): Promise<void> {
    await mkdir(this.imagesDir);
    const [redis, milvus, s3] = await Promise.all([
      startRedis(this.folder, files.redisServer),
      startMilvus(this.folder, files.milvusLite),
      files.versitygw === undefined ? undefined : startS3(this.folder, files.versitygw),
      this.postgres.start(),
    ]);
    this.engines.push(this.postgres, redis, milvus, ...(s3 ? [s3] : []));
    if (s3) await makeBucket(s3);
    const env = this.environment(redis, milvus, s3);
    const start = (role: 'api' | 'worker', number: number) => startProduct({ role, number, folder: this.folder, env });
    // The first migrates.
    this.apis.push(await start('api', 1));
    this.apis.push(...(await Promise.all(numbers(2, apis).map((number) => start('api', number)))));
    this.workers.push(...(await Promise.all(numbers(1, workers).map((number) => start('worker', number)))));
  }

  private environment(redis: Engine, milvus: Engine, s3: Engine | undefined): Record<string, string> {
    return {
      NODE_ENV: 'production',
      LIKENESS_INFERENCE_THREADS: '1',
      ...Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
      DATABASE_URL: this.postgres.url,
      REDIS_URL: `redis://${redis.address}`,
      MILVUS_ADDRESS: milvus.address,
      ...(s3
        ? {
            LIKENESS_S3_BUCKET: BUCKET,
            LIKENESS_S3_ENDPOINT: `http://${s3.address}`,
            LIKENESS_S3_ACCESS_KEY_ID: S3_KEY.accessKeyId,
            LIKENESS_S3_SECRET_ACCESS_KEY: S3_KEY.secretAccessKey,
          }
        : { LIKENESS_IMAGES_DIR: this.imagesDir }),
      LIKENESS_ERASURE_LEDGER: path.join(this.folder, 'erasures.jsonl'),
      LIKENESS_OPERATOR_KEY: this.operatorKey,
      LIKENESS_KEY_PEPPER: secret('key-pepper'),
      LIKENESS_SIGNING_KEY: secret('signing-key'),
      LIKENESS_DB_APP_PASSWORD: secret('app-password'),
      LIKENESS_DB_SYSTEM_PASSWORD: secret('system-password'),
    };
  }
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

async function makeBucket({ directAddress }: Engine): Promise<void> {
  const endpoint = `http://${directAddress}`;
  const client = new S3Client({ endpoint, credentials: S3_KEY, region: 'us-east-1', forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
}
