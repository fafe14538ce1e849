import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { inParallel } from '../workers/evaluation/in-parallel';
import { createFaceAnalyzer, type ThreadedFaceAnalyzer } from '../workers/inference/threaded-face-analyzer';
import { benchPlaces } from './bench-analyzer';

/**
 * `npm run bench:memory -- [--packs A,B] [--each] [--images N] [--side PX] [--threads N] [--json FILE]`: resident memory of a
 * process that looks at very large photographs, every face embedded, its packs in turns. PostgreSQL and the server are left
 * out. With `--each`, every pack is measured in a process of its own, and a table compares them.
 */

/** Images that a thread has in hand, as in the server. */
const IN_HAND = 4;
const SAMPLE_EVERY_MS = 20;

const residentMb = (): number => Math.round(process.memoryUsage.rss() / 1e6);

/** Large images in a folder, made by another process: what making them takes is no concern of this one's. */
async function makeImages(folder: string, side: number): Promise<string[]> {
  await promisify(execFile)(process.execPath, [path.join(__dirname, 'large-images.js'), folder, String(side)]);
  return (await readdir(folder)).map((name) => path.join(folder, name));
}

interface Run {
  readonly peakMb: number;
  readonly faces: number;
  readonly msPerImage: number;
  readonly cpuMsPerImage: number;
}

async function lookAt(
  analyzer: ThreadedFaceAnalyzer,
  files: readonly string[],
  images: number,
  lanes: number,
): Promise<Run> {
  let peakMb = residentMb();
  const timer = setInterval(() => (peakMb = Math.max(peakMb, residentMb())), SAMPLE_EVERY_MS);
  const packs = analyzer.packs();
  const cpu = process.cpuUsage();
  const start = performance.now();
  let faces = 0;
  const look = async (i: number): Promise<void> => {
    const answer = await analyzer.analyze({
      packId: packs[i % packs.length]!.id,
      image: await readFile(files[Math.floor(i / packs.length) % files.length]!),
      maxFaces: 100,
      keep: 'LARGEST',
      qualityFilter: 'NONE',
      embed: true,
      clean: true,
      priority: 'BULK',
    });
    faces += answer.faces.length;
  };
  try {
    await inParallel(Array(images).keys(), look, lanes);
  } finally {
    clearInterval(timer);
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    peakMb,
    faces,
    msPerImage: Math.round((performance.now() - start) / images),
    cpuMsPerImage: Math.round((user + system) / 1000 / images),
  };
}

interface Report extends Run {
  /** Their ids. */
  readonly packs: readonly string[];
  /** Megabytes (of 1e6 bytes) resident before the packs are loaded, when they are, and when all is done. */
  readonly bareMb: number;
  readonly loadedMb: number;
  readonly afterMb: number;
}

/** One pack after the other, each in a process of its own. */
async function measureEach(packs: readonly string[], args: readonly string[]): Promise<Report[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'likeness-memory-'));
  const json = path.join(folder, 'report.json');
  const reports: Report[] = [];
  try {
    for (const pack of packs) {
      await promisify(execFile)(process.execPath, [__filename, ...args, '--packs', pack, '--json', json]);
      reports.push(JSON.parse(await readFile(json, 'utf8')) as Report);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return reports;
}

function printEach(reports: readonly Report[]): void {
  console.table(
    Object.fromEntries(
      reports.map(({ packs, bareMb, loadedMb, afterMb, peakMb }) => [
        packs.join(),
        {
          'loading takes, MB': loadedMb - bareMb,
          'loaded, MB': loadedMb,
          'afterwards, MB': afterMb,
          'at most, MB': peakMb,
        },
      ]),
    ),
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      packs: { type: 'string', default: 'bundled,yunet-reid0095' },
      each: { type: 'boolean', default: false },
      images: { type: 'string', default: '50' },
      side: { type: 'string', default: '8000' },
      threads: { type: 'string', default: '2' },
      json: { type: 'string' },
    },
  });
  if (values.each) {
    const args = ['--images', values.images, '--side', values.side, '--threads', values.threads];
    const reports = await measureEach(values.packs.split(','), args);
    printEach(reports);
    if (values.json) await writeFile(values.json, `${JSON.stringify(reports, null, 2)}\n`);
    return;
  }
  const [images, side, threads] = [Number(values.images), Number(values.side), Number(values.threads)];
  const folder = await mkdtemp(path.join(tmpdir(), 'likeness-memory-'));
  try {
    const files = await makeImages(folder, side);
    const bareMb = residentMb();
    const analyzer = await createFaceAnalyzer({
      packs: values.packs.split(','),
      ...benchPlaces(),
      threads,
      onWarning: (message) => console.error(message),
    });
    try {
      const loadedMb = residentMb();
      const run = await lookAt(analyzer, files, images, threads * IN_HAND);
      const report = {
        packs: analyzer.packs().map(({ id }) => id),
        images,
        side,
        threads,
        mallocArenaMax: process.env.MALLOC_ARENA_MAX ?? null,
        bareMb,
        loadedMb,
        afterMb: residentMb(),
        ...run,
      };
      console.log(JSON.stringify(report, null, 2));
      if (values.json) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
    } finally {
      await analyzer.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
