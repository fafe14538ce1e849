import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { distanceAtSimilarity } from '../src/domain/calibration';
import { distanceBetween } from '../src/domain/distance';
import type { ThreadedFaceAnalyzer } from '../workers/inference/threaded-face-analyzer';
import { benchAnalyzer } from './bench-analyzer';
import { analyzeCentral } from '../workers/evaluation/embedded-images';
import { inParallel } from '../workers/evaluation/in-parallel';
import { personOf, readPairFile, type LabelledPair } from '../workers/evaluation/labelled-faces';
import { turnedImage, type Corners } from './turned-image';

/**
 * `npm run bench:rotation -- --images DIR --pairs FILE --pack NAME [--step 15] [--limit N] [--corners BLACK|EDGE] [--json FILE]`:
 * what turned photographs do. Strangers: all pairs of the people's first images, both turned alike (and mirrored), and each by
 * an angle of its own. Found again: the pairs of one person that match upright, one side turned.
 */

/** Similarity from which on strangers count as a false match: promised for one pair in a thousand. */
const SIMILARITY = 80;

interface Look {
  readonly embedding: Float32Array | undefined;
  readonly roll: number | undefined;
}

interface Row {
  readonly turned: string;
  readonly withoutFace: number;
  readonly refused: number;
  readonly strangersPerThousand: number;
  readonly foundAgainPercent: number | null;
  /** Degrees between the roll that was told and the true one: half of the faces are nearer, and 95 of 100. */
  readonly rollErrorMedian: number | null;
  readonly rollError95: number | null;
}

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** Angles of a mixed set: the same in every run, spread over the circle. */
const mixedAngle = (index: number): number => (index * 137) % 360;

class Turner {
  private readonly limit: number;

  constructor(
    private readonly analyzer: ThreadedFaceAnalyzer,
    private readonly folder: string,
    private readonly corners: Corners,
  ) {
    this.limit = distanceAtSimilarity(analyzer.packs()[0]!.calibration!, SIMILARITY);
  }

  async look(images: readonly string[], angleOf: (index: number) => number, mirrored = false): Promise<Look[]> {
    const looks: Look[] = new Array<Look>(images.length);
    await inParallel([...images.entries()], async ([i, name]) => {
      const image = await readFile(path.join(this.folder, name));
      const turned = await turnedImage(image, angleOf(i), { mirrored, corners: this.corners });
      const face = await analyzeCentral(this.analyzer, turned);
      looks[i] = { embedding: face?.embedding, roll: face?.pose.roll };
    });
    return looks;
  }

  matches(a: Look, b: Look): boolean {
    if (a.embedding === undefined || b.embedding === undefined) return false;
    return distanceBetween(this.analyzer.packs()[0]!.metric, a.embedding, b.embedding) <= this.limit;
  }

  strangersPerThousand(looks: readonly Look[]): number {
    const embedded = looks.filter(({ embedding }) => embedding !== undefined);
    let matched = 0;
    for (let i = 0; i < embedded.length; i++) {
      for (let k = 0; k < i; k++) if (this.matches(embedded[i]!, embedded[k]!)) matched++;
    }
    return (1000 * matched) / Math.max(1, (embedded.length * (embedded.length - 1)) / 2);
  }
}

function rollErrors(upright: readonly Look[], turned: readonly Look[], angleOf: (index: number) => number): number[] {
  return turned
    .flatMap(({ roll }, i) => {
      const from = upright[i]!.roll;
      if (roll === undefined || from === undefined) return [];
      return [Math.abs(((((roll - from - angleOf(i)) % 360) + 540) % 360) - 180)];
    })
    .sort((a, b) => a - b);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: 'string' },
      pairs: { type: 'string' },
      pack: { type: 'string', default: 'bundled' },
      step: { type: 'string', default: '15' },
      limit: { type: 'string' },
      corners: { type: 'string', default: 'BLACK' },
      json: { type: 'string' },
    },
  });
  if (!values.images || !values.pairs)
    throw new Error('Say --images DIR (DIR/<name>/<name>_NNNN.jpg) and --pairs FILE');
  const pairs = await readPairFile(values.pairs);
  const limit = Number(values.limit ?? Infinity);
  const people = [...new Set(pairs.people)].slice(0, limit);
  const first = people.map((person) => pairs.images.filter((image) => personOf(image) === person).sort()[0]!);
  const genuine = pairs.pairs.filter(({ same }) => same).slice(0, limit);
  const analyzer = await benchAnalyzer(values.pack);
  try {
    const turner = new Turner(analyzer, values.images, values.corners === 'EDGE' ? 'EDGE' : 'BLACK');
    const upright = await turner.look(first, () => 0);
    const genuineLooks = await lookAtPairs(turner, genuine);
    const rows: Row[] = [];
    const add = async (name: string, angleOf: (index: number) => number, mirrored: boolean, again: boolean) => {
      const looks = await turner.look(first, angleOf, mirrored);
      const errors = mirrored ? [] : rollErrors(upright, looks, angleOf);
      const row: Row = {
        turned: name,
        withoutFace: looks.filter(({ roll }) => roll === undefined).length,
        refused: looks.filter(({ roll, embedding }) => roll !== undefined && embedding === undefined).length,
        strangersPerThousand: round(turner.strangersPerThousand(looks)),
        foundAgainPercent: again ? round(await foundAgain(turner, genuineLooks, angleOf)) : null,
        rollErrorMedian: errors.length === 0 ? null : round(errors[Math.floor(errors.length / 2)]!, 1),
        rollError95: errors.length === 0 ? null : round(errors[Math.floor(errors.length * 0.95)]!, 1),
      };
      rows.push(row);
      console.log(JSON.stringify(row));
    };
    for (let angle = 0; angle < 360; angle += Number(values.step)) await add(`${angle}`, () => angle, false, true);
    for (let angle = 0; angle < 360; angle += Number(values.step))
      await add(`${angle} mirrored`, () => angle, true, false);
    await add('mixed', mixedAngle, false, false);
    await add('mixed mirrored', mixedAngle, true, false);
    const report = { pack: analyzer.packs()[0]!.id, people: first.length, genuinePairs: genuine.length, rows };
    console.table(rows);
    if (values.json) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    await analyzer.close();
  }
}

interface PairLooks {
  readonly second: readonly string[];
  readonly upright: readonly Look[];
}

/** The first image of each pair upright, of those pairs that match upright. */
async function lookAtPairs(turner: Turner, pairs: readonly LabelledPair[]): Promise<PairLooks> {
  const upright = await turner.look(
    pairs.map(({ first }) => first),
    () => 0,
  );
  const other = await turner.look(
    pairs.map(({ second }) => second),
    () => 0,
  );
  const matching = pairs.map((_, i) => i).filter((i) => turner.matches(upright[i]!, other[i]!));
  return { second: matching.map((i) => pairs[i]!.second), upright: matching.map((i) => upright[i]!) };
}

async function foundAgain(
  turner: Turner,
  { second, upright }: PairLooks,
  angleOf: (index: number) => number,
): Promise<number> {
  const turned = await turner.look(second, angleOf);
  return (100 * turned.filter((look, i) => turner.matches(look, upright[i]!)).length) / turned.length;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
