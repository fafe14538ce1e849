import { COMPARISON_THRESHOLD, distanceAtSimilarity, type Calibration } from '../../src/domain/calibration';
import { automaticThreshold, type Gallery } from '../../src/domain/identification';
import { drawGallery, type GalleryShape } from './gallery-draws';
import type { LabelledVectors } from './labelled-vectors';
import { randomFrom } from './random';

/** What galleries of one shape do at the automatic threshold. */
export interface GalleryCell extends GalleryShape {
  readonly targetFpir: number;
  /** Similarity, 0-100. */
  readonly threshold: number;
  /** Whether the least threshold decides, so that fewer strangers than the target are to be expected. */
  readonly isClamped: boolean;
  /** Probes of strangers, and the share of them that got an answer. */
  readonly strangers: number;
  readonly observedFpir: number;
  /** 95 % of the bootstrap samples over the strangers' people lie between. */
  readonly interval: readonly [low: number, high: number];
  /** Other images of the people in the gallery: shares that were named rightly, wrongly, or not at all. */
  readonly mated: { readonly probes: number; readonly right: number; readonly wrong: number; readonly unknown: number };
}

export interface CellOptions {
  readonly draws: number;
  /** Strangers' probes a draw. */
  readonly probes: number;
  readonly targetFpir: number;
  readonly seed: number;
  readonly mayProbe: (image: string) => boolean;
}

const RESAMPLES = 1_000;

export function judgeGalleries(
  set: LabelledVectors,
  pool: readonly string[],
  shape: GalleryShape,
  calibration: Calibration,
  { draws, probes, targetFpir, seed, mayProbe }: CellOptions,
): GalleryCell {
  const random = randomFrom(seed);
  const size: Gallery = { faces: shape.people * shape.samples, persons: shape.people, unassigned: 0 };
  const threshold = automaticThreshold(size, calibration.identification, targetFpir);
  const limit = distanceAtSimilarity(calibration, threshold);
  const allowed = (images: readonly number[]): number[] => images.filter((image) => mayProbe(set.images[image]!));
  const alarms = new Map<string, { probes: number; matched: number }>();
  const mated = { right: 0, wrong: 0, unknown: 0 };
  for (let i = 0; i < draws; i++) {
    const draw = drawGallery(set, pool, shape, random);
    for (const probe of allowed(draw.strangers).slice(0, probes)) {
      const person = set.persons[probe]!;
      const tally = alarms.get(person) ?? { probes: 0, matched: 0 };
      tally.probes++;
      if (set.nearest(probe, draw.gallery).distance <= limit) tally.matched++;
      alarms.set(person, tally);
    }
    for (const probe of allowed(draw.mated)) {
      const { image, distance } = set.nearest(probe, draw.gallery);
      if (distance > limit) mated.unknown++;
      else if (set.persons[image] === set.persons[probe]) mated.right++;
      else mated.wrong++;
    }
  }
  const tallies = [...alarms.values()];
  const asked = mated.right + mated.wrong + mated.unknown;
  return {
    ...shape,
    targetFpir,
    threshold,
    isClamped: threshold === COMPARISON_THRESHOLD,
    strangers: tallies.reduce((sum, tally) => sum + tally.probes, 0),
    observedFpir: shareOf(tallies),
    interval: bootstrap(tallies, random),
    mated: {
      probes: asked,
      right: mated.right / Math.max(1, asked),
      wrong: mated.wrong / Math.max(1, asked),
      unknown: mated.unknown / Math.max(1, asked),
    },
  };
}

type Tally = { readonly probes: number; readonly matched: number };

const shareOf = (tallies: readonly Tally[]): number =>
  tallies.reduce((sum, tally) => sum + tally.matched, 0) / tallies.reduce((sum, tally) => sum + tally.probes, 0);

/** A person's probes are no independent witnesses: whole people are drawn again, with repeats. */
function bootstrap(tallies: readonly Tally[], random: () => number): readonly [number, number] {
  const shares = Array.from({ length: RESAMPLES }, () =>
    shareOf(tallies.map(() => tallies[Math.floor(random() * tallies.length)]!)),
  ).sort((a, b) => a - b);
  return [shares[Math.floor(0.025 * RESAMPLES)]!, shares[Math.ceil(0.975 * RESAMPLES) - 1]!];
}
