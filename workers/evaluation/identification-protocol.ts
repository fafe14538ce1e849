import type { LabelledVectors } from './labelled-vectors';
import { MersenneTwister } from './mersenne-twister';

export interface IdentificationRates {
  readonly gallery: number;
  readonly probes: number;
  /** Shares of the probes whose person is the nearest of the gallery, or among the five nearest. */
  readonly rank1: number;
  readonly rank5: number;
  /** The same for ranks from 1 on: the cumulative match characteristic. */
  readonly cmc: readonly number[];
  readonly openSet: readonly {
    readonly fpir: number;
    /** Share of the mated probes whose nearest is another person, or not near enough. */
    readonly fnir: number;
    readonly distance: number;
    readonly strangers: number;
  }[];
  /** The whole curve of the open set: {@link openSet} at every share of the strangers. Empty without any. */
  readonly openSetCurve: readonly { readonly fpir: number; readonly fnir: number }[];
}

/** Ranks that the cumulative match characteristic goes to. */
const RANKS = 20;
/** The rates of false positives at which the open set is judged. */
const FALSE_POSITIVE_RATES = [0.1, 0.01];

/**
 * The 1:N protocol for any set laid out as LFW: the gallery is each person's first image, the probes are all others. For the
 * open set, half of those who have one image (by `RandomState(0).permutation`) leave the gallery and are the strangers; the
 * threshold is the nearest distance that a share `fpir` of them falls below, and a probe has to be nearer.
 */
export function identificationRates(set: LabelledVectors): IdentificationRates {
  const people = set.people();
  const first = people.map((person) => set.imagesOf(person)[0]!);
  const probes = people.flatMap((person) => set.imagesOf(person).slice(1));
  const ranks = probes.map((probe) => rankOf(set, probe, first));

  const single = first.filter((image) => set.imagesOf(set.persons[image]!).length === 1);
  const shuffled = new MersenneTwister(0).permutation(single);
  const strangers = shuffled.slice(0, Math.floor(shuffled.length / 2));
  const outside = new Set(strangers);
  const gallery = first.filter((image) => !outside.has(image));
  const nearest = strangers.map((probe) => set.nearest(probe, gallery).distance).sort((a, b) => a - b);
  const mated = probes.map((probe) => {
    const { image, distance } = set.nearest(probe, gallery);
    return { distance, isRight: set.persons[image] === set.persons[probe] };
  });
  const within = (rank: number): number => ranks.filter((one) => one < rank).length / probes.length;
  const missedAt = (distance: number): number =>
    1 - mated.filter((probe) => probe.isRight && probe.distance < distance).length / mated.length;
  return {
    gallery: first.length,
    probes: probes.length,
    rank1: within(1),
    rank5: within(5),
    cmc: Array.from({ length: Math.min(RANKS, first.length) }, (_, i) => within(i + 1)),
    openSet: FALSE_POSITIVE_RATES.filter((fpir) => fpir * nearest.length >= 1).map((fpir) => {
      const distance = nearest[Math.floor(fpir * nearest.length)]!;
      return { fpir, fnir: missedAt(distance), distance, strangers: strangers.length };
    }),
    openSetCurve: nearest.map((distance, below) => ({ fpir: below / nearest.length, fnir: missedAt(distance) })),
  };
}

/** How many images of the gallery are nearer than that of the probe's own person. */
function rankOf(set: LabelledVectors, probe: number, gallery: readonly number[]): number {
  const own = gallery.find((image) => set.persons[image] === set.persons[probe])!;
  const distance = set.distance(probe, own);
  return gallery.filter((image) => set.distance(probe, image) < distance).length;
}
