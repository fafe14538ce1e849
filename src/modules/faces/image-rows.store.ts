import { Prisma } from '../../database/sql';
import type { ImageMime, ImageRecord } from '../../records/image';

/** Columns of an image, as `i`, for `imageRecordOf`. */
export const IMAGE_COLUMNS = Prisma.sql`
  i.id, i.collection_id, i.mime, i.width, i.height, i.bytes, i.first_frame_only, i.taken_at,
  encode(i.stored_sha256, 'hex') AS sha256, i.created_at`;

export interface ImageRow {
  id: string;
  collection_id: string;
  mime: ImageMime;
  width: number;
  height: number;
  bytes: number;
  first_frame_only: boolean;
  taken_at: Date | null;
  sha256: string;
  created_at: Date;
}

export function imageRecordOf(row: ImageRow): ImageRecord {
  return {
    id: row.id,
    collectionId: row.collection_id,
    mime: row.mime,
    width: row.width,
    height: row.height,
    bytes: row.bytes,
    firstFrameOnly: row.first_frame_only,
    takenAt: row.taken_at,
    sha256: row.sha256,
    createdAt: row.created_at,
  };
}
