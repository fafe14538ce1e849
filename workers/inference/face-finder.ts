import { containment, suppress, type Detection, type FivePoints } from '../pipeline/detection';
import { arePointsOfAFace } from '../pipeline/face-shape';
import { ImagePyramid, type PixelBox } from '../pipeline/image';
import { rollOf } from '../pipeline/pose';
import { turnDetection, turnImage } from '../pipeline/turned-image';
import { turnBetween, type Quarter, type Region } from '../pipeline/turned-view';
import {
  closeUp,
  CloserLook,
  surestInTheMiddle,
  type FaceJudge,
  type QuarterScores,
  type Sighting,
} from './closer-look';
import type { FaceDetector } from './face-detector';
import { HalfTurnLook } from './half-turn-look';
import type { LandmarkFinder } from './landmark-finders';

/** A face that was seen upright, whatever its turn in the image, with the five points that it is aligned by. */
export interface UprightFace {
  /** Its `roll` is the turn at which the points were found. */
  readonly detection: Detection;
  readonly points: FivePoints;
  /** 0-1: the detector's score of the face alone and upright, the same frame for every face. */
  readonly confidence: number;
  /** Whether the points can be a face's, seen from wherever: a face of which they cannot must not be embedded. */
  readonly isAligned: boolean;
}

export interface FaceFinderOptions {
  /** Detections of which less overlaps, 0-1, are faces of their own. */
  readonly maxOverlap: number;
  /** false: what the detector sees is taken as it is, upright. Only to measure what the check costs. */
  readonly checksUpright: boolean;
}

/** Milliseconds spent on finding places and on finding points. */
export interface FinderTimings {
  detect: number;
  landmarks: number;
}

const ALL_QUARTERS: readonly Quarter[] = [0, 1, 2, 3];

/** The whole image with this much room about it: what fills the image is found too. */
const ROOM = 1.5;
/**
 * Places of one look that are looked at closely: the most prominent, five times as many as an answer holds. An image full of
 * small faces would keep a thread busy for minutes.
 */
const MAX_PLACES = 500;
/** Longest side in pixels from which on there may be turned faces that no look at the whole image shows. */
const LARGE = 400;
/** Longest side at which a large image is looked at turned. */
const TURNED_SIDE = 1600;
/** Degrees between the points' roll and that of the look from which on they are looked for again; the second one for upright looks. */
const TILTED = 12;
const TILTED_UPRIGHT = 25;

/** So much of a box on that of a surer face, turned against it by so many degrees, makes it a piece of that one. */
const PIECE = 0.15;
const AGAINST = 35;

/** What a closer look leaves below this score is none beside a face of at least the second: hands, balls and blurs; alone it may be one. */
const DOUBTFUL = 0.55;
const BESIDE = 0.8;

/**
 * Finds every face of an image, whatever its turn in the plane. A detector trained on upright faces answers to turned ones
 * too, often surely and with level eyes, so that its answer is a place to look at, no more: each is looked at closely in four
 * orientations (in eight where these do not tell), and the detector's own score says which is upright, and whether it is a
 * face (docs/adr/0016-upright-by-comparison.md).
 */
export class FaceFinder {
  readonly #detector: FaceDetector;
  readonly #closer: FaceJudge;
  readonly #landmarks: LandmarkFinder;
  readonly #options: FaceFinderOptions;

  constructor(detector: FaceDetector, landmarks: LandmarkFinder, options: FaceFinderOptions) {
    this.#detector = detector;
    this.#closer = detector.quarters.length === 2 ? new HalfTurnLook(detector) : new CloserLook(detector);
    this.#landmarks = landmarks;
    this.#options = options;
  }

  /** Every face, surest first. */
  async find(pyramid: ImagePyramid, timings: FinderTimings): Promise<UprightFace[]> {
    const start = performance.now();
    const before = timings.landmarks;
    const faces = await (this.#options.checksUpright
      ? this.#findAll(pyramid, timings)
      : this.#takeAll(pyramid, timings));
    timings.detect += performance.now() - start - (timings.landmarks - before);
    return withoutPieces(withoutDoubtful(faces.sort((a, b) => b.confidence - a.confidence)));
  }

  /**
   * The face in the middle of a box that somebody has drawn about one that `find` may have missed, whatever its turn.
   *
   * @returns undefined where no closer look bears out that there is one.
   */
  async findAt(pyramid: ImagePyramid, box: PixelBox, timings: FinderTimings): Promise<UprightFace | undefined> {
    const start = performance.now();
    const before = timings.landmarks;
    const region = closeUp(box, 0);
    const [seen] = await this.#detector.lookAround(pyramid, [region], ALL_QUARTERS, 'FACE');
    const place = surestInTheMiddle(seen!, region);
    // What a person has pointed at counts as seen: what is left to tell is which way up it is, and where its points are.
    const score = place && Math.max(place.score, this.#detector.scores.seen);
    const faces = place ? await this.#recognise(pyramid, [{ ...place, score: score! }], timings) : [];
    timings.detect += performance.now() - start - (timings.landmarks - before);
    return faces[0];
  }

  async #findAll(pyramid: ImagePyramid, timings: FinderTimings): Promise<UprightFace[]> {
    const upright = await this.#detector.detect(pyramid);
    const glanced = await this.#glance(pyramid);
    const turned = this.#candidates(glanced, this.#detector.scores.glance).filter(({ roll }) => roll !== 0);
    const candidates = upright.concat(turned.filter((one) => !isKnown(one, upright)));
    const faces = await this.#recognise(pyramid, candidates, timings, glanced);
    if (faces.length === 0) faces.push(...(await this.#recognise(pyramid, await this.#lookAgain(pyramid), timings)));
    for (const quarter of this.#turnsWorthALook(pyramid, faces)) {
      const known = faces.map(({ detection }) => detection);
      const more = (await this.#lookTurned(pyramid, quarter)).filter((one) => !isKnown(one, known));
      faces.push(...(await this.#recognise(pyramid, more, timings)));
    }
    return faces;
  }

  /** What the detector sees upright, as it sees it. */
  async #takeAll(pyramid: ImagePyramid, timings: FinderTimings): Promise<UprightFace[]> {
    const faces: UprightFace[] = [];
    for (const detection of await this.#detector.detect(pyramid)) {
      if (detection.score < this.#detector.scores.seen) continue;
      const points = await this.#findPoints(pyramid, detection, timings);
      if (points !== undefined) faces.push({ detection, points, confidence: detection.score, isAligned: true });
    }
    return faces;
  }

  /** Those of the candidates that are faces. */
  async #recognise(
    pyramid: ImagePyramid,
    candidates: readonly Detection[],
    timings: FinderTimings,
    glanced: readonly Detection[] = [],
  ): Promise<UprightFace[]> {
    const sightings = await this.#closer.compare(pyramid, mostProminent(candidates), glanced);
    const faces: UprightFace[] = [];
    for (const { detection, seenUpright, isSettled, scores } of this.#withoutRepeats(sightings)) {
      const first = await this.#align(pyramid, detection, timings);
      const isSure = isSettled && first?.detection.roll === 0;
      const face = isSure ? first : first && (await this.#bearOut(pyramid, first, seenUpright, timings, scores));
      if (face !== undefined) faces.push(face);
    }
    return faces;
  }

  #withoutRepeats(sightings: readonly Sighting[]): Sighting[] {
    const kept = new Set(
      suppress(
        sightings.map(({ detection }) => detection),
        this.#options.maxOverlap,
      ),
    );
    return sightings.filter(({ detection }) => kept.has(detection));
  }

  /** A face that its first closer look left in doubt is looked at once more, at its own roll; where another turn is better, there too. */
  async #bearOut(
    pyramid: ImagePyramid,
    face: UprightFace,
    seenUpright: number,
    timings: FinderTimings,
    known?: QuarterScores,
  ): Promise<UprightFace | undefined> {
    const { clear, seen } = this.#detector.scores;
    if (face.confidence >= clear && seenUpright >= seen && face.detection.roll === 0) return face;
    const verdict = await this.#closer.judge(pyramid, face.detection.box, rollOf(face.points), seenUpright, known);
    if (verdict.betterRoll === undefined) {
      return verdict.isFace ? { ...face, confidence: verdict.score } : undefined;
    }
    const turned = await this.#align(pyramid, { ...face.detection, roll: verdict.betterRoll }, timings);
    if (turned === undefined) return undefined;
    const last = await this.#closer.judge(pyramid, turned.detection.box, rollOf(turned.points), seenUpright);
    return last.isFace && last.betterRoll === undefined ? { ...turned, confidence: last.score } : undefined;
  }

  /** The five points of a detection, looked for at the face's own roll. @returns undefined when it turns out to be no face. */
  async #align(pyramid: ImagePyramid, detection: Detection, timings: FinderTimings): Promise<UprightFace | undefined> {
    let levelled = detection;
    let points = await this.#findPoints(pyramid, detection, timings);
    if (points === undefined) return undefined;
    const roll = rollOf(points);
    if (Math.abs(turnBetween(detection.roll, roll)) > (detection.roll === 0 ? TILTED_UPRIGHT : TILTED)) {
      // The detector's own points hold on to level eyes: of a tilted face they say nothing.
      levelled = { box: detection.box, score: detection.score, roll };
      points = await this.#findPoints(pyramid, levelled, timings);
      if (points === undefined) return undefined;
    }
    const isAligned = arePointsOfAFace(levelled, points);
    return { detection: levelled, points, confidence: detection.score, isAligned };
  }

  async #findPoints(
    pyramid: ImagePyramid,
    detection: Detection,
    timings: FinderTimings,
  ): Promise<FivePoints | undefined> {
    const start = performance.now();
    const found = await this.#landmarks.find(pyramid, detection);
    timings.landmarks += performance.now() - start;
    return found?.points;
  }

  /** The image in the orientations to be told apart, seen small: tells of its large faces which way up they are, and shows those that lie turned. */
  async #glance(pyramid: ImagePyramid): Promise<Detection[]> {
    const { quarters } = this.#detector;
    // Where only the half turn is open, the look at the upright image has shown the other half.
    const open = quarters.length === 2 ? this.#turns() : quarters;
    const [seen] = await this.#detector.lookAround(pyramid, [wholeOf(pyramid, 1)], open, 'GLANCE');
    return seen!;
  }

  /** An image that shows no face yet: one that fills it, or that is turned, may answer to a look with room about it. */
  async #lookAgain(pyramid: ImagePyramid): Promise<Detection[]> {
    const [seen] = await this.#detector.lookAround(pyramid, [wholeOf(pyramid, ROOM)], this.#detector.quarters, 'WHOLE');
    return this.#candidates(seen!, this.#detector.scores.candidate);
  }

  #turns(): readonly Quarter[] {
    return this.#detector.quarters.slice(1);
  }

  #candidates(seen: readonly Detection[], leastScore: number): Detection[] {
    return suppress(
      seen.filter(({ score }) => score >= leastScore),
      this.#options.maxOverlap,
    );
  }

  /** Where one face of a large image lies turned, or none was found, small ones may that only a fine look shows. */
  #turnsWorthALook({ image }: ImagePyramid, faces: readonly UprightFace[]): readonly Quarter[] {
    if (Math.max(image.width, image.height) <= LARGE) return [];
    if (faces.length === 0 || this.#detector.isDeafToTurned) return this.#turns();
    const quarters = new Set(faces.map(({ points }) => (Math.round(rollOf(points) / 90) + 4) % 4));
    return this.#turns().filter((quarter) => quarters.has(quarter));
  }

  async #lookTurned(pyramid: ImagePyramid, quarter: Quarter): Promise<Detection[]> {
    const { image } = pyramid;
    const level = pyramid.levelFor(Math.max(image.width, image.height) / TURNED_SIDE);
    const turned = turnImage(level.image, quarter);
    const seen = await this.#detector.detect(new ImagePyramid(turned));
    return seen.map((one) => turnDetection(one, quarter, level.image, 1 / level.scaleX));
  }
}

/** @param faces surest first. */
function withoutDoubtful(faces: readonly UprightFace[]): readonly UprightFace[] {
  const surest = faces[0]?.confidence ?? 0;
  return surest < BESIDE ? faces : faces.filter(({ confidence }) => confidence >= DOUBTFUL);
}

/** Leaves out what lies on a surer face and is turned against it: a forehead or hair that looks like a face upside down. */
function withoutPieces(faces: readonly UprightFace[]): UprightFace[] {
  const kept: UprightFace[] = [];
  for (const face of faces) {
    const isPiece = kept.some(
      ({ detection: { box }, points }) =>
        containment(box, face.detection.box) > PIECE &&
        Math.abs(turnBetween(rollOf(points), rollOf(face.points))) > AGAINST,
    );
    if (!isPiece) kept.push(face);
  }
  return kept;
}

/** As "the largest face" is chosen in the end, by size and score; in the order that they came in. */
function mostProminent(candidates: readonly Detection[]): readonly Detection[] {
  if (candidates.length <= MAX_PLACES) return candidates;
  const prominence = ({ box, score }: Detection): number => box.width * box.height * score ** 2;
  const chosen = new Set([...candidates].sort((a, b) => prominence(b) - prominence(a)).slice(0, MAX_PLACES));
  return candidates.filter((one) => chosen.has(one));
}

function wholeOf({ image: { width, height } }: ImagePyramid, room: number): Region {
  const side = Math.max(width, height) * room;
  return { x: width / 2, y: height / 2, width: side, height: side, roll: 0 };
}

/** Whether a detection lies on one of those that are known, so that a closer look at these shows it too. */
function isKnown(one: Detection, known: readonly Detection[]): boolean {
  const side = ({ box }: Detection): number => Math.sqrt(box.width * box.height);
  const centre = ({ box }: Detection): [number, number] => [box.x + box.width / 2, box.y + box.height / 2];
  const [x, y] = centre(one);
  return known.some((other) => {
    const [ox, oy] = centre(other);
    return Math.max(Math.abs(x - ox), Math.abs(y - oy)) < 0.5 * Math.max(side(one), side(other));
  });
}
