import type { Detection } from '../pipeline/detection';
import type { ImagePyramid, PixelBox } from '../pipeline/image';
import { turnBetween } from '../pipeline/turned-view';
import { closeUp, surestInTheMiddle, type FaceJudge, type Sighting, type Verdict } from './closer-look';
import type { FaceDetector } from './face-detector';

/**
 * By so much, as a logit, a face must look surer turned by half than as its points say, and by so much more for each unit of
 * what the image itself showed: profiles tie, and are seen surely; what lies upside down is not.
 */
const HANDICAP = 0.3;
const HANDICAP_OF_SEEN = 0.3;
/** From this part of the image's longest side on, a face fills the image, and a closer look shows mostly what is not there. */
const FILLS = 0.4;
/**
 * What both the look at the image and the closer one take for a face is one from these sums of their logits on, where the
 * first gave at least this score.
 */
const BORNE_OUT = { sum: -0.2, seen: 0.5 };
const BORNE_OUT_FILLING = { sum: -1, seen: 0.3 };

interface Sights {
  /** At the roll that was asked for. */
  readonly straight: Detection | undefined;
  readonly turned: Detection | undefined;
}

/** Of a detector whose points tell a face's roll but for half a turn: upright and upside down are all that is compared. */
export class HalfTurnLook implements FaceJudge {
  readonly #detector: FaceDetector;

  constructor(detector: FaceDetector) {
    this.#detector = detector;
  }

  async compare(pyramid: ImagePyramid, candidates: readonly Detection[]): Promise<Sighting[]> {
    const { sure, seen } = this.#detector.scores;
    const { width, height } = pyramid.image;
    const found: Sighting[] = [];
    for (const candidate of candidates) {
      const { straight, turned } = await this.#look(pyramid, candidate.box, candidate.roll);
      const isTurned = isSurerTurned(straight, turned, candidate.score);
      const sight = isTurned ? turned : straight;
      if (sight === undefined) continue;
      const isFilling = candidate.box.width >= FILLS * Math.max(width, height);
      const needed = isFilling ? BORNE_OUT_FILLING : BORNE_OUT;
      const isBorneOut =
        !isTurned && candidate.score >= needed.seen && logit(candidate.score) + logit(sight.score) >= needed.sum;
      if (sight.score < sure && !isBorneOut) continue;
      const both = isTurned ? sight.score : mean(candidate.score, sight.score);
      const score = isFilling && !isTurned ? Math.max(both, candidate.score) : both;
      // The closer look's box is of one size whatever the turn; of a face that fills the image the other is better.
      const keepsBox = isFilling && !isTurned;
      found.push({
        detection: { ...(keepsBox ? { ...candidate, roll: sight.roll } : sight), score },
        seenUpright: candidate.roll === 0 && !isTurned ? candidate.score : 0,
        isSettled: candidate.roll === 0 && !isTurned && candidate.score >= seen,
      });
    }
    return found;
  }

  async judge(pyramid: ImagePyramid, box: PixelBox, roll: number, seenUpright: number): Promise<Verdict> {
    const { sure, seen } = this.#detector.scores;
    const { straight, turned } = await this.#look(pyramid, box, roll);
    const score = straight?.score ?? 0;
    // What was seen upright was compared upright: its points' roll, of a profile above all, is no reason to ask again.
    if (seenUpright >= seen) return { isFace: true, score: mean(seenUpright, score) };
    if (isSurerTurned(straight, turned, score)) return { isFace: false, score, betterRoll: roll + 180 };
    return { isFace: score >= sure, score };
  }

  async #look(pyramid: ImagePyramid, box: PixelBox, roll: number): Promise<Sights> {
    const region = closeUp(box, roll);
    const [seen] = await this.#detector.lookAround(pyramid, [region], [0, 2], 'FACE');
    const of = (turn: number): Detection | undefined =>
      surestInTheMiddle(
        seen!.filter((one) => Math.abs(turnBetween(one.roll, roll + turn)) < 1),
        region,
      );
    return { straight: of(0), turned: of(180) };
  }
}

function isSurerTurned(straight: Detection | undefined, turned: Detection | undefined, seen: number): boolean {
  if (straight === undefined || turned === undefined) return turned !== undefined;
  const handicap = HANDICAP + HANDICAP_OF_SEEN * Math.max(0, logit(seen));
  return logit(turned.score) > logit(straight.score) + handicap;
}

/** Of scores next to 0 and 1 too. */
const logit = (score: number): number => Math.log((score + 1e-6) / (1 - score + 1e-6));

/** Of two scores, in the middle of their logits. */
const mean = (a: number, b: number): number => 1 / (1 + Math.exp(-(logit(a) + logit(b)) / 2));
