import { Prisma } from '../../database/sql';
import type { QualityFilter } from '../../domain/quality';
import type { CollectionRecord } from '../../records/collection';

export const COLLECTION_COLUMNS = Prisma.sql`
  c.id, c.tenant_id, c.name, c.description, c.model_pack_id, m.embedding_digest, c.similarity_threshold, c.target_fpir,
  c.quality_filter, c.retention_days, c.face_count, c.person_count, c.created_at, c.updated_at`;

export const COLLECTION_JOINS = Prisma.sql`collections c JOIN model_packs m ON m.id = c.model_pack_id`;

export interface CollectionRow {
  id: string;
  tenant_id: string;
  name: string;
  description: string;
  model_pack_id: string;
  embedding_digest: string;
  similarity_threshold: number | null;
  target_fpir: number;
  quality_filter: QualityFilter;
  retention_days: number | null;
  face_count: number;
  person_count: number;
  created_at: Date;
  updated_at: Date;
}

export function collectionRecordOf(row: CollectionRow): CollectionRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    name: row.name,
    description: row.description,
    modelPackId: row.model_pack_id,
    embeddingDigest: row.embedding_digest,
    similarityThreshold: row.similarity_threshold,
    targetFpir: row.target_fpir,
    qualityFilter: row.quality_filter,
    retentionDays: row.retention_days,
    faceCount: row.face_count,
    personCount: row.person_count,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
