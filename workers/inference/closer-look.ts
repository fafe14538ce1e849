import type { Detection } from '../pipeline/detection';
import type { ImagePyramid, PixelBox } from '../pipeline/image';
import { regionOf, turnBetween, type Quarter, type Region } from '../pipeline/turned-view';
import type { Detail, FaceDetector } from './face-detector';

/** A candidate as the surest of the closer looks shows it. */
export interface Sighting {
  /** Its `roll` is that of the surest look, its `score` that look's. */
  readonly detection: Detection;
  /** 0-1: what the look at the upright image gave; 0 where it gave nothing. */
  readonly seenUpright: number;
  /** Whether there is nothing left to ask: it was seen upright, and one orientation is beyond doubt. */
  readonly isSettled: boolean;
  /** What the looks at it upright and turned by quarters gave, where it was looked at in both details. */
  readonly scores?: QuarterScores;
}

/** Scores of one place in the four orientations that begin with a roll, 0-1, 0 where nothing was seen; a list a detail. */
export interface QuarterScores {
  readonly face: readonly number[];
  readonly close: readonly number[];
}

export interface Verdict {
  readonly isFace: boolean;
  /** 0-1: the detector's score of the face alone and upright. */
  readonly score: number;
  /** Degrees: a turn at which the face is surer by far. */
  readonly betterRoll?: number;
}

/** Tells faces from what is none, and which way up they are. */
export interface FaceJudge {
  /**
   * The surest sight of each candidate, where one may be a face.
   *
   * @param glanced what a glance at the whole image showed: may spare large, clearly upright faces the closer look.
   */
  compare(pyramid: ImagePyramid, candidates: readonly Detection[], glanced?: readonly Detection[]): Promise<Sighting[]>;
  /**
   * Judges a face that the first look left in doubt, at the roll of its points.
   *
   * @param known what the first look gave: a face that is level by its points is not looked at once more.
   */
  judge(
    pyramid: ImagePyramid,
    box: PixelBox,
    roll: number,
    seenUpright: number,
    known?: QuarterScores,
  ): Promise<Verdict>;
}

/** A closer look shows this many times the box's side: the face with hair and chin, and room to be a little beside it. */
const CLOSE = 2;
/** How far the face may lie from the middle of a closer look, as a part of its side, to be the one that was meant. */
const MIDDLE = 0.25;
/** Below this score in the first closer look there is no second for what was not seen upright. */
const HOPELESS = 0.3;
/** From this score on a detector's box in the whole image is better than the coarse one of the closer look. */
const OWN_BOX = 0.5;
/** Side of a face, as a part of the image's longest, from which on a glance shows it as well as a closer look. */
const GLANCED = 0.33;
/** So much surer must a diagonal be: a little by chance; more beside the upright, from where the points find a tilt by themselves. */
const DIAGONAL_MARGIN = 0.02;
const BESIDE_UPRIGHT_MARGIN = 0.15;
/** Degrees up to which a face is level: its scores are those of the upright look. */
const LEVEL = 10;
/** Degrees up to which a face counts as upright: what the upright image shows of it is worth something. */
const UPRIGHT = 55;
/** What is upright and was not even half seen is a piece of something, unless the closer look is clear. */
const HALF_SEEN = 0.5;
/** By so much the scores at a face's own roll, of both details together, exceed those of any other quarter turn. */
const MARGIN = 0.02;
const DOUBTFUL_MARGIN = 0.15;
/** Pixels: a smaller face that was not seen upright is told only where it is clear by so much. */
const TINY = 24;
const TINY_MARGIN = 0.02;
/** By so much the other way round, and the face stands the other way round. */
const BETTER = 0.1;

const ALL: readonly Quarter[] = [0, 1, 2, 3];

/** Looks at single faces in several orientations and compares the detector's own scores. */
export class CloserLook implements FaceJudge {
  readonly #detector: FaceDetector;

  constructor(detector: FaceDetector) {
    this.#detector = detector;
  }

  async compare(
    pyramid: ImagePyramid,
    candidates: readonly Detection[],
    glanced: readonly Detection[] = [],
  ): Promise<Sighting[]> {
    const { seen, likely, clear, lead } = this.#detector.scores;
    const sights = new Map<Detection, Detection>();
    for (const one of candidates) {
      const sight = this.#glancedAt(glanced, one, pyramid);
      if (sight !== undefined) sights.set(one, sight);
    }
    const settled = new Set(sights.keys());
    const add = (candidate: Detection, look: Look): void => {
      const { surest } = look;
      if (surest === undefined) return;
      const known = sights.get(candidate);
      if (known === undefined || surest.score > known.score + marginOf(known, surest)) sights.set(candidate, surest);
      if (surest.score >= clear && look.lead >= lead) settled.add(candidate);
    };
    const scoreOf = (one: Detection): number => sights.get(one)?.score ?? 0;
    const unknown = candidates.filter((one) => !sights.has(one));
    const faceLooks = await this.#look(pyramid, unknown, 'FACE', 0);
    faceLooks.forEach((look, i) => add(unknown[i]!, look));
    const worthMore = unknown.filter((one) => !settled.has(one) && (one.score >= seen || scoreOf(one) >= HOPELESS));
    const closeLooks = await this.#look(pyramid, worthMore, 'CLOSE', 0);
    closeLooks.forEach((look, i) => add(worthMore[i]!, look));
    const unsettled = worthMore.filter((one) => !settled.has(one));
    (await this.#look(pyramid, unsettled, 'CLOSE', 45)).forEach((look, i) => add(unsettled[i]!, look));
    const scores = new Map(
      worthMore.map((one, i) => [one, { face: faceLooks[unknown.indexOf(one)]!.scores, close: closeLooks[i]!.scores }]),
    );
    const found: Sighting[] = [];
    for (const [candidate, sight] of sights) {
      if (sight.score < likely) continue;
      const keepsBox = candidate.score >= OWN_BOX && turnBetween(candidate.roll, sight.roll) === 0;
      found.push({
        detection: keepsBox ? { ...candidate, score: sight.score } : sight,
        seenUpright: candidate.roll === 0 ? candidate.score : 0,
        isSettled: settled.has(candidate) && candidate.roll === 0 && candidate.score >= seen,
        scores: scores.get(candidate),
      });
    }
    return found;
  }

  /** A candidate as the glance shows it, when it was seen upright and the glance leaves no doubt that it is. */
  #glancedAt(glanced: readonly Detection[], candidate: Detection, { image }: ImagePyramid): Detection | undefined {
    const { clear, seen, lead: needed } = this.#detector.scores;
    const region = closeUp(candidate.box, 0);
    if (candidate.roll !== 0 || candidate.score < seen) return undefined;
    if (region.width < GLANCED * CLOSE * Math.max(image.width, image.height)) return undefined;
    const upright = surestInTheMiddle(glanced, region);
    const lead = upright === undefined ? 0 : leadOf(upright, glanced, region);
    return upright !== undefined && upright.roll === 0 && upright.score >= clear && lead >= needed
      ? upright
      : undefined;
  }

  async judge(
    pyramid: ImagePyramid,
    box: PixelBox,
    roll: number,
    seenUpright: number,
    known?: QuarterScores,
  ): Promise<Verdict> {
    const isLevel = Math.abs(turnBetween(0, roll)) <= LEVEL;
    const { face, close } = (isLevel && known) || (await this.#lookAt(pyramid, closeUp(box, roll)));
    const score = Math.max(face[0]!, close[0]!);
    const sums = ALL.map((quarter) => face[quarter]! + close[quarter]!);
    const others = sums.slice(1);
    const best = Math.max(...others);
    const margin = sums[0]! - best;
    if (margin < -BETTER) return { isFace: false, score, betterRoll: roll + 90 * (others.indexOf(best) + 1) };
    const isTiny = Math.min(box.width, box.height) < TINY;
    const least = Math.min(face[0]!, close[0]!);
    return { isFace: this.#isFace(score, least, margin, roll, seenUpright, isTiny), score };
  }

  /** The scores of one face in both details, at its own roll and turned from it. */
  async #lookAt(pyramid: ImagePyramid, region: Region): Promise<QuarterScores> {
    const [face] = await this.#detector.lookAround(pyramid, [region], ALL, 'FACE');
    const [close] = await this.#detector.lookAround(pyramid, [region], ALL, 'CLOSE');
    return { face: scoresOf(face!, region), close: scoresOf(close!, region) };
  }

  #isFace(score: number, least: number, margin: number, roll: number, seenUpright: number, isTiny: boolean): boolean {
    const { seen, likely, sure, clear } = this.#detector.scores;
    const isUpright = Math.abs(turnBetween(0, roll)) < UPRIGHT;
    if (isUpright && seenUpright >= seen) return score >= likely;
    if (isUpright && seenUpright < HALF_SEEN && score < clear) return false;
    if (isTiny && score < clear + TINY_MARGIN) return false;
    return score >= sure && least >= HALF_SEEN && margin >= (score >= clear ? MARGIN : DOUBTFUL_MARGIN);
  }

  /** What each candidate shows in the four orientations that begin with `roll`, in order. */
  async #look(pyramid: ImagePyramid, candidates: readonly Detection[], detail: Detail, roll: number): Promise<Look[]> {
    const regions = candidates.map(({ box }) => closeUp(box, roll));
    const seen = await this.#detector.lookAround(pyramid, regions, ALL, detail);
    return regions.map((region, i) => {
      const surest = surestInTheMiddle(seen[i]!, region);
      const lead = surest === undefined ? 0 : leadOf(surest, seen[i]!, region);
      return { surest, lead, scores: scoresOf(seen[i]!, region) };
    });
  }
}

/** What one look in four orientations shows of a face. */
interface Look {
  readonly surest: Detection | undefined;
  /** By so much the surest orientation exceeds the next one. */
  readonly lead: number;
  readonly scores: readonly number[];
}

/** The surest score in each of the four orientations that begin with the region's roll. */
function scoresOf(seen: readonly Detection[], region: Region): number[] {
  return ALL.map((quarter) => {
    const turned = seen.filter((one) => Math.abs(turnBetween(one.roll, region.roll + 90 * quarter)) < 1);
    return surestInTheMiddle(turned, region)?.score ?? 0;
  });
}

/** The square that a closer look shows of a face. */
export function closeUp(box: PixelBox, roll: number): Region {
  const side = Math.sqrt(box.width * box.height) * CLOSE;
  return { ...regionOf(box, roll), width: side, height: side };
}

function marginOf(known: Detection, sight: Detection): number {
  const turn = Math.abs(turnBetween(known.roll, sight.roll));
  if (turn % 90 === 0) return 0;
  return known.roll === 0 && turn === 45 ? BESIDE_UPRIGHT_MARGIN : DIAGONAL_MARGIN;
}

/** By how much the score of the surest sight exceeds that of any in another orientation. */
function leadOf(surest: Detection, seen: readonly Detection[], region: Region): number {
  const others = seen.filter(({ roll }) => turnBetween(roll, surest.roll) !== 0);
  return surest.score - (surestInTheMiddle(others, region)?.score ?? 0);
}

/** What a closer look shows of the face that it was meant for. */
export function surestInTheMiddle(seen: readonly Detection[], { x, y, width }: Region): Detection | undefined {
  let best: Detection | undefined;
  for (const one of seen) {
    if (best !== undefined && one.score <= best.score) continue;
    const { box } = one;
    if (Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y) <= width * MIDDLE) best = one;
  }
  return best;
}
