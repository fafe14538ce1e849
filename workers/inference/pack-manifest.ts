import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Calibration } from '../../src/domain/calibration';

/** Raised whenever code of `workers/pipeline` or `workers/inference` changes what vector a picture gives. */
export const PIPELINE_REVISION = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');
const safePath = z.string().regex(/^(?!\/)(?!.*\.\.)[\w@./-]+$/, 'must be a relative path without ".."');

/** Exactly one origin: an installed npm package, the folder of local models, the pack's own folder, or an address. */
const file = z.union([
  z.strictObject({ npm: z.string(), path: safePath, sha256 }),
  z.strictObject({ local: safePath, sha256 }),
  z.strictObject({ pack: safePath, sha256 }),
  z.strictObject({ url: z.url({ protocol: /^https?$/ }), sha256 }),
]);

const triple = z.tuple([z.number(), z.number(), z.number()]);
const input = z.strictObject({
  colour: z.enum(['RGB', 'BGR']),
  layout: z.enum(['NCHW', 'NHWC']),
  mean: triple,
  std: triple,
});

const net = {
  net: z.enum(['onnx', 'tfjs-graph', 'face-api-recognition']),
  runtime: z.enum(['onnxruntime', 'tfjs']),
  files: z.array(file).min(1),
  input,
};

const detector = z.strictObject({
  ...net,
  kind: z.enum(['yunet', 'blazeface']),
  /** 0-1: what scores less is no face. */
  scoreThreshold: z.number().min(0).max(1),
  maxOverlap: z.number().min(0).max(1),
});

const landmarks = z.strictObject({
  ...net,
  kind: z.enum(['five-point-regression', 'face-mesh']),
  size: z.int().positive(),
  /** 0-1: a detection that the landmark net is less sure to be a face is dropped. Only for nets that say. */
  scoreThreshold: z.number().min(0).max(1).optional(),
});

const embedder = z.strictObject({
  ...net,
  /** Side of the aligned chip in pixels. */
  size: z.int().positive(),
  /** Eye left, eye right, nose, mouth left, mouth right in pixels of the chip. */
  template: z.array(z.tuple([z.number(), z.number()])).length(5),
  /** Enlarges the template about the chip's centre. */
  templateScale: z.number().positive(),
  /** Averages the vectors of the chip and of its mirror image. */
  averageMirrored: z.boolean(),
  /** JSON file with the `mean` vector to take off the unit vector before making it a unit vector again. */
  centre: file.optional(),
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
  source: z.string(),
});

export const packManifestSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  version: z.string().regex(/^[\w.-]+$/),
  description: z.string(),
  licence: z.string(),
  commercialUse: z.boolean(),
  metric: z.enum(['COSINE', 'EUCLIDEAN']),
  detector,
  landmarks,
  embedder,
  /** Two photographs of different people: a pack that confuses them, or finds no face, does not serve. */
  selfTest: z.tuple([selfTestFace, selfTestFace]),
  accuracy: z.array(z.strictObject({ set: z.string(), figure: z.string() })),
  calibration,
});

export type PackManifest = z.infer<typeof packManifestSchema>;
export type PackFile = z.infer<typeof file>;

/** @throws Error naming every field of a `pack.json` that is wrong. */
export function parsePackManifest(text: string, where: string): PackManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${where} is not JSON`, { cause });
  }
  const parsed = packManifestSchema.safeParse(value);
  if (!parsed.success) throw new Error(`${where} is no valid pack manifest:\n${z.prettifyError(parsed.error)}`);
  assertMonotone(parsed.data.calibration, where);
  return parsed.data;
}

function assertMonotone({ knots }: Calibration, where: string): void {
  for (let i = 1; i < knots.length; i++) {
    if (!(knots[i]!.distance > knots[i - 1]!.distance) || !(knots[i]!.d < knots[i - 1]!.d)) {
      throw new Error(`${where}: the calibration's knots must rise in distance and fall in d`);
    }
  }
}

/** JSON with the keys in order, so that the digest does not depend on how the file was written. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return `{${entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}

/** What a file is, whatever place it comes from. */
const contentOf = (files: readonly PackFile[]): string[] => files.map((one) => one.sha256);

/**
 * SHA-256 (hex) over everything that can change a vector: the files' checksums, every setting of the stages and the revision
 * of the code. Not the calibration, the texts or where a file is found.
 */
export function embeddingDigest(manifest: PackManifest): string {
  const { detector: d, landmarks: l, embedder: e, metric } = manifest;
  const relevant = {
    pipeline: PIPELINE_REVISION,
    metric,
    detector: { ...d, files: contentOf(d.files) },
    landmarks: { ...l, files: contentOf(l.files) },
    embedder: { ...e, files: contentOf(e.files), centre: e.centre?.sha256 },
  };
  return createHash('sha256').update(canonical(relevant)).digest('hex');
}
