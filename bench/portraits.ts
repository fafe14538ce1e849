import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findCandidates } from '../src/domain/face-selection';
import type { AnalyzedFace, AnalyzedImage } from '../src/ports/face-analyzer';
import { benchAnalyzer, ROOT } from './bench-analyzer';
import { writeContactSheets, type Sighting } from '../src/infra/sharp/sharp-contact-sheet';
import { centralFace } from '../workers/evaluation/embedded-images';
import { inParallel } from '../workers/evaluation/in-parallel';
import { KnownFaces } from './known-faces';

/**
 * `npm run bench:portraits -- --images DIR [--pack NAME] [--known FILE] [--sheets DIR] [--json FILE]`: what a pack finds on
 * portraits, one named person an image. Counts images without a face; false faces, which are neither the named person's nor
 * in `--known`; images whose largest face is another's, and how many of these and of the others an enrolment would refuse as
 * ambiguous. `--sheets` gets images of what was counted as false, to be looked at.
 */

interface Portrait {
  readonly name: string;
  readonly file: string;
  readonly named: AnalyzedFace | undefined;
  readonly falseFaces: readonly AnalyzedFace[];
  readonly largest: 'NAMED' | 'ANOTHER';
  /** Whom an enrolment that is not refused would take. */
  readonly chosen: 'NAMED' | 'ANOTHER' | 'NOBODY';
  readonly isRefused: boolean;
}

/** Alignment has put the named person's face about the middle: what does not reach it is somebody or something else. */
function reachesMiddle({ boundingBox: { left, top, width, height } }: AnalyzedFace): boolean {
  return left < 0.5 && left + width > 0.5 && top < 0.5 && top + height > 0.5;
}

function largestOf(faces: readonly AnalyzedFace[]): AnalyzedFace | undefined {
  const area = ({ boundingBox }: AnalyzedFace): number => boundingBox.width * boundingBox.height;
  return [...faces].sort((a, b) => area(b) - area(a))[0];
}

function judge(file: string, image: AnalyzedImage, known: KnownFaces): Portrait {
  const name = path.basename(file, path.extname(file));
  const central = centralFace(image);
  const named = central && reachesMiddle(central) ? central : undefined;
  const candidates = findCandidates(image);
  return {
    name,
    file,
    named,
    falseFaces: image.faces.filter((face) => face !== named && !known.has(name, face.boundingBox)),
    largest: largestOf(image.faces) === named ? 'NAMED' : 'ANOTHER',
    chosen: candidates[0] === undefined ? 'NOBODY' : candidates[0] === named ? 'NAMED' : 'ANOTHER',
    isRefused: candidates.length > 1,
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: 'string' },
      pack: { type: 'string', default: 'bundled' },
      known: { type: 'string', default: path.join(ROOT, 'bench', 'lfw-view1-others.txt') },
      sheets: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const folder = values.images;
  if (!folder) throw new Error('Say --images DIR (DIR/<name>/<name>_NNNN.jpg)');
  const known = KnownFaces.read(values.known);
  const files = (await readdir(folder, { recursive: true })).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();
  const analyzer = await benchAnalyzer(values.pack);
  const portraits: Portrait[] = [];
  try {
    const pack = analyzer.packs()[0]!;
    await inParallel(files, async (name) => {
      const file = path.join(folder, name);
      const image = await analyzer.analyze({
        packId: pack.id,
        image: await readFile(file),
        maxFaces: 1,
        keep: 'LARGEST',
        qualityFilter: 'AUTO',
        embed: false,
        clean: false,
        priority: 'BULK',
      });
      portraits.push(judge(file, image, known));
    });
    portraits.sort((a, b) => (a.name < b.name ? -1 : 1));
    const sightings = portraits.flatMap(({ file, falseFaces }): Sighting[] =>
      falseFaces.map(({ boundingBox }) => ({ file, boundingBox })),
    );
    if (values.sheets) await writeContactSheets(values.sheets, pack.name, sightings);
    const report = summarise(pack.id, portraits);
    console.table(Object.fromEntries(Object.entries(report).map(([key, value]) => [key, String(value)])));
    if (values.json) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    await analyzer.close();
  }
}

function summarise(pack: string, portraits: readonly Portrait[]) {
  const found = portraits.filter(({ named }) => named !== undefined);
  const unclear = found.filter(({ largest }) => largest === 'ANOTHER');
  const clear = found.filter(({ largest }) => largest === 'NAMED');
  const refused = (some: readonly Portrait[]): number => some.filter(({ isRefused }) => isRefused).length;
  const names = (some: readonly Portrait[]): string[] => some.map(({ name }) => name);
  const withFalse = portraits.filter(({ falseFaces }) => falseFaces.length > 0);
  return {
    pack,
    images: portraits.length,
    withoutNamedFace: names(portraits.filter(({ named }) => named === undefined)),
    falseFaces: withFalse.reduce((sum, { falseFaces }) => sum + falseFaces.length, 0),
    withFalseFaces: names(withFalse),
    largestIsAnother: unclear.length,
    refusedOfThese: refused(unclear),
    refusedOfOthers: refused(clear),
    refusedOfOthersShare: refused(clear) / clear.length,
    wronglyEnrolled: names(found.filter(({ chosen, isRefused }) => chosen === 'ANOTHER' && !isRefused)),
  };
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
