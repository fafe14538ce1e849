import { readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import {
  CancelJobDocument,
  EnrollFacesDocument,
  LikenessError,
  type EnrollFacesItemInput,
  type LikenessClient,
} from '@likeness/client';
import { openCollection, openTenant, sendAll } from './bench-tenant';
import type { ServerProcess } from './server-process';
import { withFreshServer } from './fresh-server';

/**
 * `npm run bench:fairness -- --images DIR [--pack NAME] [--loads images,jobs,searches,endless] [--samples N] [--rounds N]
 * [--json FILE]`: what tenant B waits while tenant A asks for as much as it can, against what B waits alone; blocks of idle
 * and loaded samples in turns. With REDIS_URL the queue is Redis, otherwise the embedded PostgreSQL.
 */

/** Sides of the images, which are blown up photographs: one megapixel. */
const SIDE_PX = 1_000;
/** Different images of each tenant; A enrols its own again and again, each time for another person. */
const OWN_IMAGES = 24;
const ITEMS_PER_JOB = 1_000;
const SETTLE_MS = 3_000;
/** How long A waits before it repeats a search that was refused, as the refusal asks it to. */
const REFUSED_MS = 1_000;
/** Requests with which A makes its jobs of one image at once. */
const LANES = 10;

/** What A does meanwhile. */
const LOADS = {
  images: { images: 10_000, jobs: 0, searches: 0 },
  jobs: { images: 0, jobs: 3_000, searches: 0 },
  searches: { images: 0, jobs: 0, searches: 120 },
  endless: { images: 0, jobs: 0, searches: 20 },
} as const;
type LoadName = keyof typeof LOADS;

/** Milliseconds. */
interface Waits {
  readonly job: number[];
  readonly search: number[];
}

class Tenant {
  uploadIds: string[] = [];
  private enrolled = 0;

  private constructor(
    readonly likeness: LikenessClient,
    readonly collectionId: string,
    readonly images: readonly Buffer[],
  ) {}

  static async open(server: ServerProcess, operatorKey: string, images: readonly Buffer[]): Promise<Tenant> {
    const { likeness } = await openTenant(server.url, operatorKey);
    return new Tenant(likeness, await openCollection(likeness, { name: 'bench', qualityFilter: 'NONE' }), images);
  }

  async send(): Promise<void> {
    this.uploadIds = await sendAll(this.likeness, this.images);
  }

  /** Keeps the bytes of the uploads: an item that failed may be retried, and needs them. */
  async hold(): Promise<void> {
    const items = this.uploadIds.map((uploadId) => ({ image: { uploadId }, person: { externalId: 'nobody' } }));
    await this.likeness.waitForJob(await this.begin(items));
  }

  /** Begins a job of that many images, each for a person of its own. @returns its id. */
  enrol(items: number): Promise<string> {
    return this.begin(
      Array.from({ length: items }, () => ({
        image: { uploadId: this.uploadIds[this.enrolled % this.uploadIds.length]! },
        person: { create: { displayName: `Person ${this.enrolled++}` } },
      })),
    );
  }

  private async begin(items: readonly EnrollFacesItemInput[]): Promise<string> {
    const input = { collectionId: this.collectionId, onAmbiguous: 'LARGEST', items } as const;
    return (await this.likeness.request(EnrollFacesDocument, { input })).enrollFaces.job.id;
  }

  async cancel(jobId: string): Promise<void> {
    await this.likeness.request(CancelJobDocument, { input: { id: jobId } });
  }

  /** Of one image that the collection has. */
  async search(): Promise<void> {
    const base64 = this.images[0]!.toString('base64');
    await this.likeness.request(
      'query ($id: ID!, $image: ImageInput!) { searchFaces(collectionIds: [$id], image: $image, limit: 1) { gallerySize } }',
      { id: this.collectionId, image: { base64 } },
    );
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

async function sample(tenant: Tenant, count: number, waits: Waits): Promise<void> {
  for (let i = 0; i < count; i++) {
    // An upload goes when its item has succeeded.
    await tenant.send();
    waits.job.push(await timed(async () => tenant.likeness.waitForJob(await tenant.enrol(1))));
    waits.search.push(await timed(() => tenant.search()));
  }
}

/** Lets A ask as the load says until the function that it answers with is called. */
async function press(tenant: Tenant, name: LoadName): Promise<() => Promise<void>> {
  const load = LOADS[name];
  await tenant.send();
  await tenant.hold();
  const jobs: string[] = [];
  for (let left = load.images; left > 0; left -= ITEMS_PER_JOB) jobs.push(await tenant.enrol(ITEMS_PER_JOB));
  const lanes = Array.from({ length: LANES }, async () => {
    while (jobs.length < load.jobs) jobs.push(await again(() => tenant.enrol(1)));
  });
  await Promise.all(lanes);
  let over = false;
  const searching = Array.from({ length: load.searches }, async () => {
    while (!over) await tenant.search().catch(() => new Promise((resolve) => setTimeout(resolve, REFUSED_MS)));
  });
  return async () => {
    over = true;
    for (const job of jobs) await again(() => tenant.cancel(job));
    await Promise.all(searching);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  };
}

/** A tenant that asks for too much at once is told so: it goes on asking. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LikenessError) || !error.retryable) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!);
}

const summary = (values: readonly number[]) => ({
  p50: quantile(values, 0.5),
  p95: quantile(values, 0.95),
  most: quantile(values, 1),
});

async function measure(server: ServerProcess, operatorKey: string, name: LoadName, images: Buffer[], run: Run) {
  const a = await Tenant.open(server, operatorKey, images.slice(0, OWN_IMAGES));
  const b = await Tenant.open(server, operatorKey, images.slice(OWN_IMAGES, OWN_IMAGES + 1));
  const idle: Waits = { job: [], search: [] };
  const loaded: Waits = { job: [], search: [] };
  try {
    await sample(b, 5, { job: [], search: [] });
    for (let round = 0; round < run.rounds; round++) {
      await sample(b, run.samples, idle);
      const release = await press(a, name);
      await sample(b, run.samples, loaded);
      await release();
    }
  } finally {
    await Promise.all([a.likeness.close(), b.likeness.close()]);
  }
  return {
    load: name,
    job: { idle: summary(idle.job), loaded: summary(loaded.job) },
    search: { idle: summary(idle.search), loaded: summary(loaded.search) },
  };
}

interface Run {
  /** Jobs and searches of a block. */
  readonly samples: number;
  readonly rounds: number;
}

async function readImages(folder: string): Promise<Buffer[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.jpe?g$/.test(name))
    .sort()
    .slice(0, OWN_IMAGES + 1);
  return Promise.all(
    files.map((name) => sharp(path.join(folder, name)).resize(SIDE_PX, SIDE_PX).jpeg({ quality: 85 }).toBuffer()),
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: 'string' },
      pack: { type: 'string', default: 'yunet-reid0095' },
      loads: { type: 'string', default: Object.keys(LOADS).join() },
      samples: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '5' },
      json: { type: 'string' },
    },
  });
  if (!values.images) throw new Error('--images must name a folder of JPEG files');
  const images = await readImages(values.images);
  const run = { samples: Number(values.samples), rounds: Number(values.rounds) };
  const results = [];
  for (const name of values.loads.split(',') as LoadName[]) {
    results.push(
      await withFreshServer({ LIKENESS_PACKS: values.pack }, (server, operatorKey) =>
        measure(server, operatorKey, name, images, run),
      ),
    );
  }
  for (const what of ['job', 'search'] as const) {
    console.log(`${what}, ms`);
    console.table(
      Object.fromEntries(
        results.map((result) => [
          result.load,
          {
            'idle p50': result[what].idle.p50,
            'idle p95': result[what].idle.p95,
            'loaded p50': result[what].loaded.p50,
            'loaded p95': result[what].loaded.p95,
            most: result[what].loaded.most,
          },
        ]),
      ),
    );
  }
  console.log(
    `${cpus()[0]?.model} x ${cpus().length}, Node ${process.version}, queue on ${process.env.REDIS_URL ? 'Redis' : 'PostgreSQL'}`,
  );
  if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
