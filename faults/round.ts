import { MersenneTwister } from '../workers/evaluation/mersenne-twister';
import { Gallery } from './gallery';
import type { Photo } from './photos';
import type { Fault } from './plan';
import { Prober } from './prober';
import { compareEvents, compareStores, findStuckWork, untilKept, type Places } from './promises';
import type { Canary } from './recovery';
import { strike } from './strike';
import { Subscriber } from './subscriber';
import type { Answers } from './answers';
import type { Findings } from './findings';
import type { Tenant } from './tenant';
import type { World } from './world';

/** How soon after the last job's end nothing is left under way. */
const SETTLED_LIMIT_MS = 30_000;
const HEARD_LIMIT_MS = 10_000;
const SEARCHED_PEOPLE = 50;
/** One of so many people is deleted again. */
const DELETED_SHARE = 4;

export interface Surroundings {
  readonly world: World;
  readonly tenant: Tenant;
  readonly canary: Canary;
  readonly answers: Answers;
  readonly findings: Findings;
  readonly places: Places;
  /** How soon all is to work again once what was away is back. */
  readonly recoveryLimitMs: number;
}

export interface RoundOptions {
  /** From 1. */
  readonly number: number;
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly photos: readonly Photo[];
}

/** What a fault did. */
export interface FaultReport extends Fault {
  readonly round: number;
  readonly target: string;
  readonly recoveredMs: number;
}

export interface RoundReport {
  readonly faults: readonly FaultReport[];
  readonly enrolled: number;
  readonly deleted: number;
}

/**
 * One round: the photographs are enrolled in as many parts as there are faults, and some people of the parts before are
 * deleted; meanwhile each part meets its fault. Then all is healed, and every promise looked at.
 */
export async function runRound(around: Surroundings, options: RoundOptions): Promise<RoundReport> {
  const { tenant, findings, answers } = around;
  const { number, faults, photos, seed } = options;
  findings.during = `round ${number}, before its faults`;
  const gallery = new Gallery(await tenant.createCollection(`round-${number}`), tenant, findings);
  const cursor = await tenant.next().eventCursor(gallery.id);
  const subscribers = tenant.all.map((client, i) => new Subscriber(`at API ${i + 1}`, client, gallery.id, cursor));
  const [known, ...others] = photos;
  await gallery.enroll([known!]);
  const prober = new Prober({ tenant, answers, findings, collectionId: gallery.id, known: known! });
  const random = new MersenneTwister((seed + number) >>> 0);
  const reports: FaultReport[] = [];
  for (const [index, fault] of faults.entries()) {
    findings.during = `round ${number}, fault ${index + 1} (${fault.kind})`;
    const part = others.slice(
      Math.floor((others.length * index) / faults.length),
      Math.floor((others.length * (index + 1)) / faults.length),
    );
    const doomed = random
      .permutation([...gallery.enrolled.values()].filter(({ photo }) => photo !== known))
      .slice(0, Math.floor(part.length / DELETED_SHARE));
    const work = Promise.all([gallery.enroll(part), gallery.remove(doomed)]);
    reports.push(await meet(around, prober, number, fault));
    await work;
  }
  findings.during = `round ${number}, after its faults`;
  await prober.stop();
  await settle(around, gallery, subscribers);
  await Promise.all(subscribers.map((one) => one.stop()));
  return { faults: reports, enrolled: gallery.enrolled.size, deleted: gallery.deleted.length };
}

/** Waits until all is as it was promised, and tells what is not. */
async function settle(
  { tenant, findings, places }: Surroundings,
  gallery: Gallery,
  subscribers: readonly Subscriber[],
): Promise<void> {
  const inStores = async (): Promise<string[]> => {
    const stuck = await findStuckWork(places);
    return stuck.length > 0 ? stuck : compareStores(gallery, tenant.id, places);
  };
  const broken = await untilKept(inStores, SETTLED_LIMIT_MS);
  broken.push(...(await untilKept(() => compareEvents(gallery, subscribers, places), HEARD_LIMIT_MS)));
  broken.forEach((one) => findings.add(one));
  for (const { photo } of [...gallery.enrolled.values()].slice(-SEARCHED_PEOPLE)) {
    if (!(await tenant.search(gallery.id, photo)).includes(photo.name)) findings.add(`${photo.name} is not found`);
  }
  for (const { photo } of gallery.deleted.slice(-SEARCHED_PEOPLE)) {
    if ((await tenant.search(gallery.id, photo)).includes(photo.name)) findings.add(`${photo.name} came back`);
  }
}

async function meet(around: Surroundings, prober: Prober, round: number, fault: Fault): Promise<FaultReport> {
  const { world, canary, findings, recoveryLimitMs } = around;
  const outage = await strike(world, fault);
  prober.judge(outage);
  const recoveredMs = await canary.sing(world);
  if (recoveredMs > recoveryLimitMs) findings.add(`it took ${Math.round(recoveredMs)} ms until all worked again`);
  const report = { ...fault, round, target: outage.target.name, recoveredMs: Math.round(recoveredMs) };
  console.log(
    `round ${round}  ${fault.kind} (${report.target}) after ${fault.afterMs} ms, ${fault.holdMs} ms away; recovered in ${report.recoveredMs} ms`,
  );
  return report;
}
