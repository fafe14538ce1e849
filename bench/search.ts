import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { loadConfig } from '../src/config';
import { startPlatform, type Platform } from '../src/container';
import type { LikenessClient, TypedDocument } from '@likeness/client';
import { clientOf, openCollection, openTenant } from './bench-tenant';
import { distanceBetween } from '../src/domain/distance';
import { newId } from '../src/domain/ids';
import { makeTenantScope } from '../src/domain/tenant-scope-factory';
import type { PackDescription } from '../src/ports/face-analyzer';
import { ServerProcess } from './server-process';
import { SyntheticIdentities } from './synthetic-identities';
import { bytesOfVector } from '../src/domain/vector-bytes';

/**
 * `npm run bench:search -- --faces N[,N...] --pack NAME [--queries Q] [--probe FILE] [--filters] [--json FILE]`: search of one probe
 * through GraphQL over HTTP, against galleries of synthetic embeddings around identity centres (5 faces each). With `--filters` also
 * with filters by metadata that keep .01 %, 1 %, 10 % and half of the people, in turns with searches without one.
 */

const FACES_PER_IDENTITY = 5;
const INSERT_PAGE = 1_000;

interface Measurement {
  readonly faces: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly overheadP50Ms: number;
  readonly stages: Record<'decode' | 'analysis' | 'index' | 'database' | 'rest', number>;
  readonly idRecall: number;
  readonly readyMs: number;
  readonly firstSearchMs: number;
  readonly indexRssMb: number;
  readonly buildMs: number;
  readonly filters: readonly FilterRates[];
}

interface Timings {
  readonly decodeMs: number;
  readonly analysisMs: number;
  readonly indexMs: number;
  readonly databaseMs: number;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

const round = (value: number): number => Math.round(value * 100) / 100;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      faces: { type: 'string', default: '1000,10000,100000' },
      pack: { type: 'string', default: 'bundled' },
      queries: { type: 'string', default: '200' },
      probe: { type: 'string' },
      filters: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const probe = readFileSync(
    values.probe ??
      path.join(path.dirname(require.resolve('@vladmandic/face-api/package.json')), 'demo', 'sample1.jpg'),
  );
  const results: Measurement[] = [];
  for (const size of values.faces.split(',').map(Number)) {
    results.push(await measure(size, values.pack, Number(values.queries), probe, values.filters));
  }
  console.table(results.map(({ stages, filters: _filters, ...rest }) => ({ ...rest, ...stages })));
  for (const { faces, filters } of results) {
    if (filters.length === 0) continue;
    console.log(`${faces} faces, by filter`);
    console.table(filters);
  }
  console.log(`${cpus()[0]?.model} x ${cpus().length}, Node ${process.version}; stages are medians in ms`);
  if (values.json) {
    const body = results.length === 1 ? results[0] : results;
    writeFileSync(values.json, `${JSON.stringify(body, null, 2)}\n`);
  }
}

async function measure(
  size: number,
  pack: string,
  queries: number,
  probe: Buffer,
  withFilters: boolean,
): Promise<Measurement> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'likeness-bench-'));
  chmodSync(dataDir, 0o755);
  const env = {
    ...process.env,
    LIKENESS_DATA_DIR: path.join(dataDir, 'data'),
    LIKENESS_PACKS: pack,
    LIKENESS_PORT: '0',
    LIKENESS_LOG_LEVEL: 'warn',
  };
  try {
    const { key, collectionId, faceIds, identities, buildMs } = await fill(size, env, probe);
    const server = await ServerProcess.start(env);
    try {
      const likeness = clientOf(server.url, key);
      const rssBefore = server.ownRssMb();
      const image = { base64: probe.toString('base64') };
      const begin = performance.now();
      await search(likeness, collectionId, { faceId: faceIds[0]! });
      const firstSearchMs = performance.now() - begin;
      const indexRssMb = server.ownRssMb() - rssBefore;

      const idRecall = await measureRecall(likeness, collectionId, faceIds);
      const samples: { totalMs: number; timings: Timings }[] = [];
      for (let i = -10; i < queries; i++) {
        const sample = await search(likeness, collectionId, { image });
        if (i >= 0) samples.push(sample);
      }
      const totals = samples.map((sample) => sample.totalMs);
      const stage = (pick: (timings: Timings) => number): number =>
        round(
          quantile(
            samples.map((sample) => pick(sample.timings)),
            0.5,
          ),
        );
      const overhead = ({ totalMs, timings }: (typeof samples)[number]): number =>
        totalMs - timings.decodeMs - timings.analysisMs;
      return {
        faces: size,
        p50Ms: round(quantile(totals, 0.5)),
        p95Ms: round(quantile(totals, 0.95)),
        p99Ms: round(quantile(totals, 0.99)),
        overheadP50Ms: round(quantile(samples.map(overhead), 0.5)),
        stages: {
          decode: stage((timings) => timings.decodeMs),
          analysis: stage((timings) => timings.analysisMs),
          index: stage((timings) => timings.indexMs),
          database: stage((timings) => timings.databaseMs),
          rest: round(
            quantile(
              samples.map((sample) => overhead(sample) - sample.timings.indexMs - sample.timings.databaseMs),
              0.5,
            ),
          ),
        },
        idRecall: round(idRecall * 100) / 100,
        readyMs: Math.round(server.readyMs),
        firstSearchMs: Math.round(firstSearchMs),
        indexRssMb: Math.round(indexRssMb),
        buildMs: Math.round(buildMs),
        filters: withFilters
          ? await measureFilters({ likeness, collectionId, image, faceIds, identities, queries })
          : [],
      };
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Share of an identity's other faces that a search by one of them answers with. */
async function measureRecall(
  likeness: LikenessClient,
  collectionId: string,
  faceIds: readonly string[],
): Promise<number> {
  const step = Math.max(FACES_PER_IDENTITY, Math.floor(faceIds.length / 200 / FACES_PER_IDENTITY) * FACES_PER_IDENTITY);
  let found = 0;
  let asked = 0;
  for (let i = 0; i + FACES_PER_IDENTITY <= faceIds.length; i += step) {
    const { data } = await search(likeness, collectionId, { faceId: faceIds[i]!, threshold: 0 });
    const wanted = new Set(faceIds.slice(i + 1, i + FACES_PER_IDENTITY));
    const best = data.searchFaces.probes[0]?.matches[0];
    const seen = best ? [best.face.id, ...best.supportingFaces.map((one) => one.face.id)] : [];
    found += seen.filter((id) => wanted.has(id)).length;
    asked += wanted.size;
  }
  return found / asked;
}

/** Remainders by which the people are divided: the filter keeps those of 0. */
const DIVISORS = { tenThousandth: 10_000, hundredth: 100, tenth: 10, half: 2 } as const;

const metadataOf = (identity: number): Record<string, number> =>
  Object.fromEntries(Object.entries(DIVISORS).map(([name, divisor]) => [name, identity % divisor]));

interface FilterRates {
  readonly filter: string;
  readonly faces: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Over the median of the searches without a filter that were made in turns with these. */
  readonly times: number;
  /** Share of the ten nearest people who fit that are among the ten who are answered, at threshold 0. */
  readonly idRecall: number;
}

interface FilterBench {
  readonly likeness: LikenessClient;
  readonly collectionId: string;
  readonly image: { readonly base64: string };
  readonly faceIds: readonly string[];
  readonly identities: SyntheticIdentities;
  readonly queries: number;
}

async function measureFilters({ queries, ...bench }: FilterBench): Promise<FilterRates[]> {
  const { likeness, collectionId, image, identities, faceIds } = bench;
  const people = Array.from({ length: Math.floor(faceIds.length / FACES_PER_IDENTITY) }, (_, identity) =>
    Array.from({ length: FACES_PER_IDENTITY }, (_sample, i) => identities.sample(identity, i)),
  );
  const rates: FilterRates[] = [];
  for (const [name, divisor] of Object.entries(DIVISORS)) {
    const filter = { metadata: { [name]: 0 } };
    const free: number[] = [];
    const filtered: number[] = [];
    for (let i = -3; i < queries; i++) {
      const without = await search(likeness, collectionId, { image });
      const within = await search(likeness, collectionId, { image, filter });
      if (i < 0) continue;
      free.push(without.totalMs);
      filtered.push(within.totalMs);
    }
    const fitting = Math.ceil(people.length / divisor);
    rates.push({
      filter: `1 of ${divisor}`,
      faces: fitting * FACES_PER_IDENTITY,
      p50Ms: round(quantile(filtered, 0.5)),
      p95Ms: round(quantile(filtered, 0.95)),
      times: round(quantile(filtered, 0.5) / quantile(free, 0.5)),
      idRecall: round(await filteredRecall(bench, people, filter, divisor)),
    });
  }
  return rates;
}

async function filteredRecall(
  { likeness, collectionId, faceIds, identities: { metric } }: Omit<FilterBench, 'queries'>,
  people: readonly (readonly Float32Array[])[],
  filter: Probe['filter'],
  divisor: number,
): Promise<number> {
  let found = 0;
  let asked = 0;
  for (let n = 0; n < 20; n++) {
    const identity = Math.floor((n * people.length) / 20) + 1;
    const probe = people[identity]![0]!;
    const near: { identity: number; distance: number }[] = [];
    for (let other = 0; other < people.length; other += divisor) {
      const distances = people[other]!.map((sample) => distanceBetween(metric, probe, sample));
      near.push({ identity: other, distance: Math.min(...distances) });
    }
    const wanted = near
      .filter((one) => one.identity !== identity)
      .sort((a, b) => a.distance - b.distance)
      .slice(0, 10);
    const { data } = await search(likeness, collectionId, {
      ...{ faceId: faceIds[identity * FACES_PER_IDENTITY]!, filter, threshold: 0, limit: 11 },
    });
    const names = data.searchFaces.probes[0]!.matches.map(({ person }) => person.displayName);
    found += wanted.filter((one) => names.includes(`Identity ${one.identity}`)).length;
    asked += wanted.length;
  }
  return found / asked;
}

interface Probe {
  readonly image?: { readonly base64: string };
  readonly faceId?: string;
  readonly threshold?: number;
  readonly filter?: { readonly metadata: Record<string, number> };
  readonly limit?: number;
}

interface SearchAnswer {
  readonly searchFaces: {
    readonly timings: Timings;
    readonly probes: readonly {
      readonly matches: readonly {
        readonly person: { readonly displayName: string };
        readonly face: { readonly id: string };
        readonly supportingFaces: readonly { readonly face: { readonly id: string } }[];
      }[];
    }[];
  };
}

const SEARCH: TypedDocument<SearchAnswer, Probe & { collections: readonly string[] }> = `
  query (
    $collections: [ID!]!, $image: ImageInput, $faceId: ID, $threshold: Float, $filter: PersonFilterInput, $limit: Int! = 1
  ) {
    searchFaces(
      collectionIds: $collections, image: $image, faceId: $faceId, threshold: $threshold, filter: $filter, limit: $limit
    ) {
      timings { decodeMs analysisMs indexMs databaseMs }
      probes { matches { similarity person { id displayName } face { id } supportingFaces { face { id } } } }
    }
  }`;

async function search(
  likeness: LikenessClient,
  collectionId: string,
  probe: Probe,
): Promise<{ totalMs: number; timings: Timings; data: SearchAnswer }> {
  const begin = performance.now();
  const data = await likeness.request(SEARCH, { collections: [collectionId], ...probe });
  return { totalMs: performance.now() - begin, timings: data.searchFaces.timings, data };
}

/** Makes a tenant with a gallery of `size` synthetic faces and builds its index. */
async function fill(size: number, env: NodeJS.ProcessEnv, probe: Buffer) {
  const platform = await startPlatform(loadConfig(env), pino({ level: 'warn' }));
  try {
    const { id, key, likeness } = await openTenant(platform.url!, platform.operatorKey);
    const collectionId = await openCollection(likeness, { name: 'bench' });
    const { dimension, metric } = platform.packs()[0]!;
    const identities = new SyntheticIdentities(dimension, metric);
    const faceIds = await insertFaces(platform, id, collectionId, size, identities);
    const begin = performance.now();
    await search(likeness, collectionId, { image: { base64: probe.toString('base64') } });
    return { key, collectionId, faceIds, identities, buildMs: performance.now() - begin };
  } finally {
    await platform.close();
  }
}

async function insertFaces(
  platform: Platform,
  tenantId: string,
  collectionId: string,
  size: number,
  identities: SyntheticIdentities,
): Promise<string[]> {
  const scope = makeTenantScope(tenantId);
  const pack: PackDescription = platform.packs()[0]!;
  const faceIds: string[] = [];
  for (let from = 0; from < size; from += INSERT_PAGE) {
    const count = Math.min(INSERT_PAGE, size - from);
    const rows = Array.from({ length: count }, (_, i) => ({ id: newId(), index: from + i }));
    faceIds.push(...rows.map((row) => row.id));
    await platform.database.maintain(
      scope,
      async (tx) => {
        const imageId = newId();
        await tx.image.create({
          data: {
            id: imageId,
            tenantId,
            collectionId,
            subjectId: randomUUID(),
            receivedSha256: Buffer.alloc(32),
            storedSha256: Buffer.alloc(32),
            mime: 'image/jpeg',
            width: 250,
            height: 250,
            bytes: 1,
          },
        });
        const personIds = new Map<number, string>();
        for (const { index } of rows) {
          const identity = Math.floor(index / FACES_PER_IDENTITY);
          if (!personIds.has(identity)) personIds.set(identity, newId());
        }
        await tx.person.createMany({
          data: [...personIds].map(([identity, id]) => ({
            id,
            tenantId,
            collectionId,
            displayName: `Identity ${identity}`,
            metadata: metadataOf(identity),
          })),
        });
        const jobItemId = newId();
        await tx.face.createMany({
          data: rows.map(({ id, index }, ordinal) => ({
            id,
            tenantId,
            collectionId,
            imageId,
            personId: personIds.get(Math.floor(index / FACES_PER_IDENTITY))!,
            jobItemId,
            ordinal,
            state: 'INDEXED' as const,
            reasons: [],
            boundingBox: { left: 0.3, top: 0.3, width: 0.3, height: 0.3 },
            landmarks: {},
            pose: { pitch: 0, roll: 0, yaw: 0 },
            brightness: 50,
            sharpness: 50,
            confidence: 99,
            sizePx: 90,
          })),
        });
        const keys = await tx.face.findMany({ where: { jobItemId }, select: { id: true, vectorKey: true } });
        const keyOf = new Map(keys.map((row) => [row.id, row.vectorKey]));
        await tx.faceEmbedding.createMany({
          data: rows.map(({ id, index }) => ({
            faceId: id,
            embeddingDigest: pack.embeddingDigest,
            tenantId,
            collectionId,
            vectorKey: keyOf.get(id)!,
            vector: bytesOfVector(
              identities.sample(Math.floor(index / FACES_PER_IDENTITY), index % FACES_PER_IDENTITY),
            ),
          })),
        });
        await tx.vectorOp.createMany({
          data: rows.map(({ id, index }) => ({
            collectionId,
            tenantId,
            seq: BigInt(index + 1),
            kind: 'UPSERT' as const,
            vectorKey: keyOf.get(id)!,
          })),
        });
        await tx.collection.update({
          where: { id: collectionId },
          data: { vectorSeq: BigInt(from + count), faceCount: from + count },
        });
      },
      { timeoutMs: 60_000 },
    );
    process.stderr.write(`\r${from + count} of ${size} faces`);
  }
  process.stderr.write('\n');
  return faceIds;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
