import { rocChart } from '../../../workers/evaluation/error-charts';
import { pairsByKind } from '../../../workers/evaluation/error-curves';
import { drawLineChart } from '../../../workers/evaluation/line-chart';
import { listFrames, readVideoPairs } from '../../../workers/evaluation/video-pairs';
import { judgeVideos } from '../../../workers/evaluation/video-verification';
import { packIdOf } from '../../../workers/inference/pack-manifest';
import { UsageError } from '../models/context';
import { embedWith, percent, type EvalContext, type SharedOptions } from './context';
import { checkResultsPlace, writeResults } from './results';

export const VIDEO_OPTIONS = { frames: { type: 'string', default: '1,5,10,25,50,100' } } as const;

export interface VideoWish extends SharedOptions {
  readonly pairs?: string;
  readonly frames: string;
}

const MOST_FRAMES = 1_000;
/** Kept as one text: a longer one cannot be. */
const MOST_KEPT = 100_000;

/**
 * `video --images DIR --pairs FILE`: 1:1 of videos, each a folder of frames, by the mean of their K best frames.
 *
 * @throws UsageError when the set cannot be judged.
 */
export async function evaluateVideo(context: EvalContext, wish: VideoWish): Promise<number> {
  const { images, pairs: file } = wish;
  if (!images || !file) throw new UsageError('Say --images DIR (DIR/<name>/<number>/<frame>.jpg) and --pairs FILE');
  const counts = wish.frames.split(',').map(Number);
  if (!counts.every((count) => Number.isInteger(count) && count > 0 && count <= MOST_FRAMES)) {
    throw new UsageError(`--frames ${wish.frames}: say numbers of 1 to ${MOST_FRAMES}, with commas between`);
  }
  await checkResultsPlace(wish);
  const folds = await readVideoPairs(file);
  if (folds.length === 1)
    throw new UsageError(`${file} has one fold: a threshold comes from others, so two are wanted.`);
  const pairs = folds.flat();
  if (pairs.every(({ same }) => same) || !pairs.some(({ same }) => same)) {
    throw new UsageError(`${file} has pairs of one kind only: those of one person and those of two are wanted.`);
  }
  const videos = [...new Set(pairs.flatMap(({ first, second }) => [first, second]))];
  const frames = await listFrames(images, videos, Math.max(...counts));
  const wanted = [...frames.values()].flat();
  if (wish.cache !== undefined && wanted.length > MOST_KEPT) {
    throw new UsageError(`${wanted.length} frames are too many for --cache: leave it out, or ask for fewer --frames.`);
  }
  const embedded = await embedWith(context, wish, images, wanted);
  const pack = packIdOf(embedded.manifest);
  const judged = judgeVideos(embedded, embedded.manifest.metric, frames, folds, counts);
  const rows = judged.map(({ frames: count, accuracy, standardError, threshold, shorter }) => ({
    frames: count,
    accuracy,
    standardError,
    threshold,
    shorter,
  }));
  context.print(
    `${pack}: ${pairs.length} pairs of ${videos.length} videos in ${folds.length} folds; ${wanted.length} frames, ${wanted.length - embedded.vectors.size} without a face`,
  );
  context.table(
    rows.map(({ accuracy, standardError, ...row }) => ({
      ...row,
      accuracy: percent(accuracy),
      standardError: percent(standardError),
    })),
  );
  const least = Math.min(...rows.map(({ accuracy }) => accuracy));
  const most = Math.max(...counts);
  await writeResults(context, wish, {
    report: {
      pack,
      pairs: pairs.length,
      videos: videos.length,
      frames: wanted.length,
      rows,
      runtime: embedded.runtime,
    },
    charts: {
      'roc.svg': rocChart(
        `True matches of ${pack}`,
        judged.slice(-4).map(({ frames: count, named }) => [`${count} frames`, pairsByKind(named)] as const),
      ),
      'frames.svg': drawLineChart({
        title: `Accuracy of ${pack} by frames of a video`,
        x: { label: 'frames (K)', scale: 'LOG', range: [1, Math.max(2, most)] },
        y: { label: 'accuracy', scale: 'LINEAR', range: [Math.max(0, Math.floor(least * 20 - 1) / 20), 1] },
        lines: [{ label: pack, points: rows.map(({ frames: count, accuracy }) => [count, accuracy] as const) }],
      }),
    },
  });
  return 0;
}
