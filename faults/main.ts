import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Answers } from './answers';
import { Findings } from './findings';
import { IndexKeys } from './index-keys';
import { findPhotos, type Photo } from './photos';
import { FAULT_KINDS, planRounds, type FaultKind } from './plan';
import { Canary } from './recovery';
import { runRound, type RoundReport } from './round';
import { Tenant } from './tenant';
import { World } from './world';

const USAGE = `Usage: npm run faults -- --photos FOLDER [--seed N] [--rounds N] [--images N] [--faults N] [--kinds KIND,KIND]
         [--apis N] [--workers N] [--redis-server FILE] [--milvus-lite FILE] [--versitygw FILE] [--recovery-limit SECONDS] [--keep] [--json FILE]

Starts engines and processes of its own, breaks them while photographs are enrolled, searched and deleted, and looks
afterwards whether every promise was kept. The same seed makes the same faults.

Kinds: ${FAULT_KINDS.join(', ')}`;

/** `npm run faults`. Exit status 0; 1 where a promise was broken, or something else went wrong; 2 on wrong usage. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      photos: { type: 'string' },
      seed: { type: 'string', default: String(randomInt(2 ** 32 - 1)) },
      rounds: { type: 'string', default: '3' },
      images: { type: 'string', default: '100' },
      faults: { type: 'string', default: '4' },
      kinds: { type: 'string' },
      apis: { type: 'string', default: '1' },
      workers: { type: 'string', default: '2' },
      'redis-server': { type: 'string', default: 'redis-server' },
      'milvus-lite': { type: 'string', default: 'milvus-lite' },
      versitygw: { type: 'string' },
      'recovery-limit': { type: 'string', default: '30' },
      keep: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const [seed, rounds, images, faultsPerRound, apis, workers, recoverySeconds] = [
    values.seed,
    values.rounds,
    values.images,
    values.faults,
    values.apis,
    values.workers,
    values['recovery-limit'],
  ].map(Number) as [number, number, number, number, number, number, number];
  const isThere = (kind: string): boolean => values.versitygw !== undefined || !kind.endsWith(' s3');
  const kinds =
    (values.kinds?.split(',').map((kind) => kind.trim()) as FaultKind[] | undefined) ?? FAULT_KINDS.filter(isThere);
  const areNumbers = [seed, rounds, images, faultsPerRound, apis, workers, recoverySeconds].every(
    (n) => Number.isInteger(n) && n >= 0,
  );
  if (!values.photos || !areNumbers || kinds.some((kind) => !FAULT_KINDS.includes(kind) || !isThere(kind))) {
    console.error(USAGE);
    return 2;
  }
  console.log(`seed ${seed}: ${rounds} rounds of ${images} images and ${faultsPerRound} faults`);
  const plan = planRounds({ seed, rounds, faultsPerRound, kinds });
  const photos = await findPhotos(values.photos, images + rounds * faultsPerRound);
  const files = { redisServer: values['redis-server'], milvusLite: values['milvus-lite'], versitygw: values.versitygw };
  const startedAt = performance.now();
  const world = await World.start({ apis, workers, files });
  const findings = new Findings();
  const answers = new Answers(findings);
  let isClean = false;
  try {
    console.log(`up in ${Math.round(performance.now() - startedAt)} ms, in ${world.folder}`);
    const reports = await runAll(world, {
      findings,
      answers,
      plan,
      photos,
      images,
      seed,
      recoveryLimitMs: recoverySeconds * 1_000,
    });
    const report = {
      seed,
      rounds,
      images,
      enrolled: sum(reports.map(({ enrolled }) => enrolled)),
      deleted: sum(reports.map(({ deleted }) => deleted)),
      slowestRecoveryMs: Math.max(0, ...reports.flatMap(({ faults }) => faults.map(({ recoveredMs }) => recoveredMs))),
      slowestAnswerMs: Math.round(answers.slowestMs()),
      answers: answers.summary(),
      faults: reports.flatMap(({ faults }) => faults),
      broken: findings.all,
    };
    console.table(report.answers);
    console.log(
      `seed ${seed}: ${report.faults.length} faults, ${report.enrolled} enrolled, ${report.deleted} deleted, slowest recovery ${report.slowestRecoveryMs} ms, ${findings.all.length} promises broken`,
    );
    if (values.json) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
    isClean = findings.all.length === 0;
  } finally {
    await world.stop();
    if (isClean && !values.keep) await world.remove();
    else console.log(`Logs and data are kept in ${world.folder}`);
  }
  return isClean ? 0 : 1;
}

interface AllOptions {
  readonly findings: Findings;
  readonly answers: Answers;
  readonly plan: ReturnType<typeof planRounds>;
  readonly photos: readonly Photo[];
  readonly images: number;
  readonly seed: number;
  readonly recoveryLimitMs: number;
}

async function runAll(world: World, { plan, photos, images, seed, ...parts }: AllOptions): Promise<RoundReport[]> {
  const urls = world.apis.map(({ url }) => url);
  const open = (name: string) => Tenant.create(name, world.operatorKey, { urls, answers: parts.answers });
  const [tenant, beside] = [await open('struck'), await open('beside')];
  const canary = await Canary.create(beside, photos.slice(images));
  const index = new IndexKeys(world.engine('milvus')!.directAddress);
  const places = { query: world.postgres.read.bind(world.postgres), index, storedImages: world.storedImages };
  const reports: RoundReport[] = [];
  for (const [i, faults] of plan.entries()) {
    const round = { number: i + 1, seed, faults, photos: photos.slice(0, images) };
    reports.push(await runRound({ world, tenant, canary, places, ...parts }, round));
  }
  await Promise.all([tenant.close(), beside.close(), index.close()]);
  return reports;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

// What was started goes with this process, which a signal would end without a word to it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
