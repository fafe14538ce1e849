import { Prisma, type Tx } from '../../database/sql';
import { clipBox, type BoundingBox, type Landmarks, type Pose } from '../../domain/geometry';
import { qualityScore, type UnindexedReason } from '../../domain/quality';
import { roundMeasure } from '../../domain/rounding';
import type { FaceRecord, FaceState } from '../../records/face';
import type { ImageMime } from '../../records/image';
import type { Assigner, HiddenAs } from '../../records/operation';
import { ALIASES, dayOf } from '../persons/person-rows.store';

/** Columns of a face with its image and person, for `faceRecordOf`. Use with `FACE_JOINS`. */
export const FACE_COLUMNS = Prisma.sql`
  f.id, f.collection_id, f.job_item_id, f.external_image_id, f.vector_key, f.state::text AS state, f.reasons,
  f.bounding_box, f.landmarks, f.pose, f.brightness, f.sharpness, f.confidence, f.created_at,
  f.assigned_by, f.hidden_as,
  i.id AS image_id, i.mime, i.width, i.height, i.bytes, i.first_frame_only, i.taken_at, encode(i.stored_sha256, 'hex') AS image_sha256,
  i.created_at AS image_created_at,
  p.id AS person_id, p.display_name, p.external_id, p.metadata, ${ALIASES} AS aliases, p.born_on, p.died_on, p.created_at AS person_created_at,
  p.updated_at AS person_updated_at`;

export const FACE_JOINS = Prisma.sql`
  faces f JOIN images i ON i.id = f.image_id LEFT JOIN persons p ON p.id = f.person_id`;

export interface FaceRow {
  id: string;
  collection_id: string;
  job_item_id: string;
  external_image_id: string | null;
  vector_key: bigint;
  state: FaceState;
  reasons: UnindexedReason[];
  bounding_box: BoundingBox;
  landmarks: Landmarks;
  pose: Pose;
  brightness: number;
  sharpness: number;
  confidence: number;
  created_at: Date;
  assigned_by: Assigner | null;
  hidden_as: HiddenAs | null;
  image_id: string;
  mime: ImageMime;
  width: number;
  height: number;
  bytes: number;
  first_frame_only: boolean;
  taken_at: Date | null;
  image_sha256: string;
  image_created_at: Date;
  person_id: string | null;
  display_name: string;
  external_id: string | null;
  metadata: Record<string, unknown>;
  aliases: string[];
  born_on: Date | null;
  died_on: Date | null;
  person_created_at: Date;
  person_updated_at: Date;
}

/** For what changes faces: persons are locked before their faces, and the number of a person's faces follows these. */
export async function lockPersonsOf(tx: Tx, faceIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    SELECT 1 FROM persons WHERE id IN (SELECT person_id FROM faces WHERE id = ANY(${[...faceIds]}::uuid[]))
     ORDER BY id FOR NO KEY UPDATE`;
}

export function faceRecordOf(row: FaceRow): FaceRecord {
  return {
    id: row.id,
    collectionId: row.collection_id,
    jobItemId: row.job_item_id,
    externalImageId: row.external_image_id,
    vectorKey: row.vector_key,
    state: row.state,
    reasons: row.reasons,
    boundingBox: clipBox(row.bounding_box),
    landmarks: row.landmarks,
    pose: { pitch: roundMeasure(row.pose.pitch), roll: roundMeasure(row.pose.roll), yaw: roundMeasure(row.pose.yaw) },
    quality: {
      brightness: roundMeasure(row.brightness),
      sharpness: roundMeasure(row.sharpness),
      score: roundMeasure(qualityScore({ quality: row, pose: row.pose, confidence: row.confidence })),
    },
    confidence: roundMeasure(row.confidence),
    createdAt: row.created_at,
    assignedBy: row.assigned_by,
    hiddenAs: row.hidden_as,
    image: {
      id: row.image_id,
      collectionId: row.collection_id,
      mime: row.mime,
      width: row.width,
      height: row.height,
      bytes: row.bytes,
      firstFrameOnly: row.first_frame_only,
      takenAt: row.taken_at,
      sha256: row.image_sha256,
      createdAt: row.image_created_at,
    },
    person:
      row.person_id === null
        ? null
        : {
            id: row.person_id,
            collectionId: row.collection_id,
            displayName: row.display_name,
            externalId: row.external_id,
            metadata: row.metadata,
            aliases: row.aliases,
            bornOn: dayOf(row.born_on),
            diedOn: dayOf(row.died_on),
            createdAt: row.person_created_at,
            updatedAt: row.person_updated_at,
          },
  };
}
