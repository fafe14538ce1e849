import { createHash } from 'node:crypto';
import type { PackFile, PackManifest, PackModel } from './pack-manifest';

/**
 * Raised when the code between a face's five points and its vector (`pipeline/align`, `pipeline/vector`, `face-embedder`)
 * comes to give another vector for the same points. Not for better detection or stricter gates.
 */
const EMBEDDING_REVISION = 2;

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

/** What the files are, whatever place they come from; how they are run and what may stand in for them says nothing. */
const contentOf = ({ files }: Pick<PackModel, 'files'>): string[] => files.map(({ sha256 }: PackFile) => sha256);

/**
 * SHA-256 (hex) over what sets a face's vector: the canonical files' checksums, what each net is fed, how the face is
 * aligned, what becomes of the numbers. Not the gates and thresholds, the runtime, equivalents, the calibration or texts: a
 * pack may become stricter, faster or better described and its vectors still meet. A manifest that states a digest (those
 * of the first version, from before this rule) keeps it.
 */
export function embeddingDigest(manifest: PackManifest): string {
  if (manifest.embeddingDigest !== undefined) return manifest.embeddingDigest;
  const { detector, landmarks, embedders, metric } = manifest;
  const relevant = {
    revision: EMBEDDING_REVISION,
    metric,
    detector: {
      kind: detector.kind,
      files: contentOf(detector.model),
      fineFiles: detector.fineModel && contentOf(detector.fineModel),
      input: detector.input,
    },
    landmarks: {
      kind: landmarks.kind,
      files: contentOf(landmarks.model),
      input: landmarks.input,
      size: landmarks.size,
      margin: landmarks.margin,
      levelledBy: landmarks.levelledBy === 'EYES' ? undefined : landmarks.levelledBy,
    },
    embedders: embedders.map(({ model, centre, projection, ...settings }) => ({
      ...settings,
      files: contentOf(model),
      lambdas: model.lambdas,
      centre: centre?.sha256,
      projection: projection && { from: projection.from, content: projection.file.sha256 },
    })),
  };
  return createHash('sha256').update(canonical(relevant)).digest('hex');
}
