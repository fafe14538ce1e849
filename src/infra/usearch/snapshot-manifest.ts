import { createHash } from 'node:crypto';
import { CONNECTIVITY } from './graph-file';
import type { SpaceIdentity } from './thread-protocol';

/** 2: no file holds a removed vector. What was written before that is built again. */
const FORMAT = 2;
const ENGINE = 'usearch 2.26.2';

export interface SnapshotFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface SnapshotGraph extends SnapshotFile {
  readonly id: number;
  /** Nodes, removed ones too. */
  readonly nodes: number;
}

/** The sidecar of a snapshot: which files it is made of and what they must be. Written last; nothing counts before it. */
export interface SnapshotManifest {
  readonly format: number;
  readonly engine: string;
  readonly quantisation: 'f16';
  readonly connectivity: number;
  readonly tenantId: string;
  readonly collectionId: string;
  readonly embeddingDigest: string;
  readonly dimension: number;
  readonly metric: string;
  readonly count: number;
  readonly watermark: string;
  readonly state: SnapshotFile;
  readonly graphs: readonly SnapshotGraph[];
}

/** What a file must have been written with to be read for this space. */
function requirements(space: SpaceIdentity) {
  return {
    format: FORMAT,
    engine: ENGINE,
    quantisation: 'f16' as const,
    connectivity: CONNECTIVITY,
    tenantId: space.tenantId,
    collectionId: space.collectionId,
    embeddingDigest: space.embeddingDigest,
    dimension: space.dimension,
    metric: space.metric,
  };
}

export function makeManifest(
  space: SpaceIdentity,
  content: Pick<SnapshotManifest, 'count' | 'watermark' | 'state' | 'graphs'>,
): SnapshotManifest {
  return { ...requirements(space), ...content };
}

export function serializeManifest(manifest: SnapshotManifest): string {
  const body = JSON.stringify(manifest);
  return JSON.stringify({ sha256: sha256(body), body });
}

/** @throws Error when the text was damaged, or describes another space or was written by another engine or setting. */
export function parseManifest(text: string, space: SpaceIdentity): SnapshotManifest {
  const envelope = JSON.parse(text) as { sha256?: unknown; body?: unknown };
  if (typeof envelope.body !== 'string' || envelope.sha256 !== sha256(envelope.body)) {
    throw new Error('its sidecar was damaged');
  }
  const manifest = JSON.parse(envelope.body) as SnapshotManifest;
  for (const [field, value] of Object.entries(requirements(space))) {
    if (manifest[field as keyof SnapshotManifest] !== value) throw new Error(`its ${field} is another`);
  }
  return manifest;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
