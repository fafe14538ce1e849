import type { QualityFilter } from '../domain/quality';

export interface CollectionRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly description: string;
  readonly modelPackId: string;
  readonly embeddingDigest: string;
  readonly similarityThreshold: number | null;
  readonly targetFpir: number;
  readonly qualityFilter: QualityFilter;
  readonly retentionDays: number | null;
  readonly faceCount: number;
  readonly personCount: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewCollection {
  readonly name: string;
  readonly description: string;
  readonly modelPackId: string;
  readonly similarityThreshold: number | null;
  readonly targetFpir: number;
  readonly qualityFilter: QualityFilter;
  readonly retentionDays: number | null;
}

export interface CollectionFilter {
  /** Part of the name, case-insensitive. */
  readonly text?: string;
}

export type CollectionOrderField = 'NAME' | 'CREATED_AT';

export type CollectionChanges = Partial<Omit<NewCollection, 'modelPackId'>>;
