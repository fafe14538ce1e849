import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PostgresEngine, startMilvus, startRedis, type Engine, type EngineFiles } from './engines';
import { isReady, startProduct, type ProductProcess } from './product';
import type { Target } from './target';

export interface WorldOptions {
  readonly apis: number;
  readonly workers: number;
  readonly files: EngineFiles;
}

/** Settings of the processes that come from whoever runs the harness. */
const PASSED_ON = ['LIKENESS_PACKS', 'LIKENESS_MODELS_DIR'];

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

  engine(name: string): Engine {
    return this.engines.find((engine) => engine.name === name)!;
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
    const [redis, milvus] = await Promise.all([
      startRedis(this.folder, files.redisServer),
      startMilvus(this.folder, files.milvusLite),
      this.postgres.start(),
    ]);
    this.engines.push(this.postgres, redis, milvus);
    const env = this.environment(redis, milvus);
    const start = (role: 'api' | 'worker', number: number) => startProduct({ role, number, folder: this.folder, env });
    // The first migrates.
    this.apis.push(await start('api', 1));
    this.apis.push(...(await Promise.all(numbers(2, apis).map((number) => start('api', number)))));
    this.workers.push(...(await Promise.all(numbers(1, workers).map((number) => start('worker', number)))));
  }

  private environment(redis: Engine, milvus: Engine): Record<string, string> {
    return {
      NODE_ENV: 'production',
      LIKENESS_INFERENCE_THREADS: '1',
      ...Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
      DATABASE_URL: this.postgres.url,
      REDIS_URL: `redis://${redis.address}`,
      MILVUS_ADDRESS: milvus.address,
      LIKENESS_IMAGES_DIR: this.imagesDir,
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
