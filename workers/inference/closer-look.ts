import type { Detection } from '../pipeline/detection';
import type { ImagePyramid, PixelBox } from '../pipeline/image';
import { regionOf, turnBetween, type Quarter, type Region } from '../pipeline/turned-view';
import type { Detail, FaceDetector } from './face-detector';

/** A candidate as the surest of the closer looks shows it. */
export interface Sighting {
  /** Its `roll` is that of the surest look, its `score` that look's. */
  readonly detection: Detection;
  /** 0-1: what the look at the upright picture gave; 0 where it gave nothing. */
  readonly seenUpright: number;
}

export interface Verdict {
  readonly isFace: boolean;
  /** 0-1: the detector's score of the face alone and upright. */
  readonly score: number;
  /** Degrees: a turn at which the face is surer by far. */
  readonly betterRoll?: number;
}

/** A closer look shows this many times the box's side: the face with hair and chin, and room to be a little beside it. */
const CLOSE = 2;
/** How far the face may lie from the middle of a closer look, as a part of its side, to be the one that was meant. */
const MIDDLE = 0.25;
/** Below this score in the first closer look there is no second. */
const HOPELESS = 0.15;
/** From this score on a detector's box in the whole picture is better than the coarse one of the closer look. */
const OWN_BOX = 0.5;
/** So much surer must a diagonal be: between two orientations a profile's scores differ by chance. */
const DIAGONAL_MARGIN = 0.04;
/** Degrees up to which a face counts as upright: what the upright picture shows of it is worth something. */
const UPRIGHT = 55;
/** What is upright and was not even half seen is a piece of something, unless the closer look is clear. */
const HALF_SEEN = 0.5;
/** By so much the scores at a face's own roll, of both details together, exceed those of any other quarter turn. */
const MARGIN = 0.02;
const DOUBTFUL_MARGIN = 0.15;
/** By so much the other way round, and the face stands the other way round. */
const BETTER = 0.1;

const ALL: readonly Quarter[] = [0, 1, 2, 3];

/** Looks at single faces in several orientations and compares the detector's own scores. */
export class CloserLook {
  readonly #detector: FaceDetector;

  constructor(detector: FaceDetector) {
    this.#detector = detector;
  }

  /** The surest sight of each candidate, where one may be a face. */
  async compare(pyramid: ImagePyramid, candidates: readonly Detection[]): Promise<Sighting[]> {
    const { clear, seen, likely } = this.#detector.scores;
    const sights = await this.#look(pyramid, candidates, 'FACE', 0);
    const unclear = candidates.filter((one) => {
      const best = sights.get(one)?.score ?? 0;
      return best < clear && (best >= HOPELESS || one.score >= seen);
    });
    for (const roll of [0, 45]) {
      for (const [candidate, sight] of await this.#look(pyramid, unclear, 'CLOSE', roll)) {
        const needed = (sights.get(candidate)?.score ?? 0) + (roll === 0 ? 0 : DIAGONAL_MARGIN);
        if (sight.score > needed) sights.set(candidate, sight);
      }
    }
    const found: Sighting[] = [];
    for (const [candidate, sight] of sights) {
      if (sight.score < likely) continue;
      const keepsBox = candidate.score >= OWN_BOX && turnBetween(candidate.roll, sight.roll) === 0;
      found.push({
        detection: keepsBox ? { ...candidate, score: sight.score } : sight,
        seenUpright: candidate.roll === 0 ? candidate.score : 0,
      });
    }
    return found;
  }

  /** Looks at a face at its own roll, in both details, and at the three turned from it: is it one, and is that its roll? */
  async judge(pyramid: ImagePyramid, box: PixelBox, roll: number, seenUpright: number): Promise<Verdict> {
    const region = closeUp(box, roll);
    const sums = [0, 0, 0, 0];
    let score = 0;
    let least = 1;
    for (const detail of ['FACE', 'CLOSE'] as const) {
      const [seen] = await this.#detector.lookAround(pyramid, [region], ALL, detail);
      for (const quarter of ALL) {
        const turned = seen!.filter((one) => Math.abs(turnBetween(one.roll, roll + 90 * quarter)) < 1);
        const sight = surestInTheMiddle(turned, region)?.score ?? 0;
        sums[quarter]! += sight;
        if (quarter !== 0) continue;
        score = Math.max(score, sight);
        least = Math.min(least, sight);
      }
    }
    const others = sums.slice(1);
    const best = Math.max(...others);
    const margin = sums[0]! - best;
    if (margin < -BETTER) return { isFace: false, score, betterRoll: roll + 90 * (others.indexOf(best) + 1) };
    return { isFace: this.#isFace(score, least, margin, roll, seenUpright), score };
  }

  #isFace(score: number, least: number, margin: number, roll: number, seenUpright: number): boolean {
    const { seen, likely, sure, clear } = this.#detector.scores;
    const isUpright = Math.abs(turnBetween(0, roll)) < UPRIGHT;
    if (isUpright && seenUpright >= seen) return score >= likely;
    if (isUpright && seenUpright < HALF_SEEN && score < clear) return false;
    return score >= sure && least >= HALF_SEEN && margin >= (score >= clear ? MARGIN : DOUBTFUL_MARGIN);
  }

  /** The surest sight of each candidate in the four orientations that begin with `roll`, where there is one. */
  async #look(
    pyramid: ImagePyramid,
    candidates: readonly Detection[],
    detail: Detail,
    roll: number,
  ): Promise<Map<Detection, Detection>> {
    if (candidates.length === 0) return new Map();
    const regions = candidates.map(({ box }) => closeUp(box, roll));
    const seen = await this.#detector.lookAround(pyramid, regions, ALL, detail);
    const sights = new Map<Detection, Detection>();
    candidates.forEach((candidate, i) => {
      const surest = surestInTheMiddle(seen[i]!, regions[i]!);
      if (surest !== undefined) sights.set(candidate, surest);
    });
    return sights;
  }
}

function closeUp(box: PixelBox, roll: number): Region {
  const side = Math.sqrt(box.width * box.height) * CLOSE;
  return { ...regionOf(box, roll), width: side, height: side };
}

function surestInTheMiddle(seen: readonly Detection[], { x, y, width }: Region): Detection | undefined {
  let best: Detection | undefined;
  for (const one of seen) {
    if (best !== undefined && one.score <= best.score) continue;
    const { box } = one;
    if (Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y) <= width * MIDDLE) best = one;
  }
  return best;
}
