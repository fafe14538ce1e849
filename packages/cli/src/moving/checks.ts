import { LANDMARKS, overlapOf, type Box, type ExportedFace, type Landmarks } from './format.ts';

/** What is wrong with a line, as a sentence without its beginning; thrown by the checks and told with the line's number. */
export class LineProblem extends Error {
  override readonly name = 'LineProblem';
}

export type Fields = Readonly<Record<string, unknown>>;

/** Rounding may put a box that much past a border. */
const SLACK = 1e-6;
/** So much is common to the boxes of one face that is named twice. */
const SAME_BOX = 0.95;
const MOST_FACES = 100;

/** @param names of the fields that mean something: a misspelt one would be lost without a word. @throws LineProblem. */
export function objectOf(value: unknown, what: string, names: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new LineProblem(`${what} is no object`);
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new LineProblem(`${what} has "${unknown}", which means nothing here`);
  return value as Fields;
}

export function textOf(fields: Fields, name: string, what: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new LineProblem(`${what} has no ${name}`);
}

export function textOrNull(fields: Fields, name: string, what: string): string | null {
  const value = fields[name] ?? null;
  if (value === null || (typeof value === 'string' && value !== '')) return value;
  throw new LineProblem(`${name} of ${what} is neither a text nor null`);
}

export function numberOf(fields: Fields, name: string, what: string, least = -Infinity, most = Infinity): number {
  const value = fields[name];
  if (typeof value === 'number' && value >= least && value <= most) return value;
  const range = least === -Infinity ? 'a number' : `a number from ${least} to ${most}`;
  throw new LineProblem(`${name} of ${what} is not ${range}`);
}

/** @throws LineProblem where one is wrong, or one is named twice. */
export function facesOf(value: unknown): ExportedFace[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > MOST_FACES) {
    throw new LineProblem(`faces is no list of 1 to ${MOST_FACES} faces`);
  }
  const faces = value.map((face: unknown, index) => faceOf(face, `faces[${index}]`));
  faces.forEach(({ boundingBox }, index) => {
    const twin = faces.slice(0, index).findIndex((other) => overlapOf(other.boundingBox, boundingBox) >= SAME_BOX);
    if (twin >= 0) throw new LineProblem(`faces[${twin}] and faces[${index}] have the same place`);
  });
  return faces;
}

function faceOf(value: unknown, what: string): ExportedFace {
  const face = objectOf(value, what, ['boundingBox', 'landmarks', 'confidence', 'person', 'hiddenAs']);
  const hiddenAs = textOrNull(face, 'hiddenAs', what);
  if (hiddenAs !== null && hiddenAs !== 'NOT_A_FACE' && hiddenAs !== 'STRANGER') {
    throw new LineProblem(`hiddenAs of ${what} is neither NOT_A_FACE nor STRANGER nor null`);
  }
  return {
    boundingBox: boxOf(face['boundingBox'], `boundingBox of ${what}`),
    landmarks: landmarksOf(face['landmarks'], `landmarks of ${what}`),
    confidence: numberOf(face, 'confidence', what, 0, 100),
    person: textOrNull(face, 'person', what),
    hiddenAs,
  };
}

function boxOf(value: unknown, what: string): Box {
  const fields = objectOf(value, what, ['left', 'top', 'width', 'height']);
  const number = (name: string): number => numberOf(fields, name, what);
  const box = { left: number('left'), top: number('top'), width: number('width'), height: number('height') };
  const { left, top, width, height } = box;
  if (!(width > 0 && height > 0)) throw new LineProblem(`${what} has no width or no height`);
  if (left < -SLACK || top < -SLACK || left + width > 1 + SLACK || top + height > 1 + SLACK) {
    throw new LineProblem(`${what} lies outside the image: left + width and top + height are at most 1`);
  }
  return box;
}

function landmarksOf(value: unknown, what: string): Landmarks {
  const fields = objectOf(value, what, LANDMARKS);
  const point = (name: (typeof LANDMARKS)[number]): { x: number; y: number } => {
    const own = objectOf(fields[name], `${name} of ${what}`, ['x', 'y']);
    const number = (axis: string): number => numberOf(own, axis, `${name} of ${what}`, -1, 2);
    return { x: number('x'), y: number('y') };
  };
  return {
    eyeLeft: point('eyeLeft'),
    eyeRight: point('eyeRight'),
    nose: point('nose'),
    mouthLeft: point('mouthLeft'),
    mouthRight: point('mouthRight'),
  };
}
