import type { GalleryScope } from '../domain/gallery-scope';
import type { BoundingBox } from '../domain/geometry';

/** A collection that its tenant lets others look people up in. */
export interface GalleryRecord {
  readonly id: string;
  readonly collectionId: string;
  readonly name: string;
  readonly description: string;
  /** 0-100, whole. */
  readonly similarityFloor: number;
  readonly showsCovers: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type NewGallery = Pick<
  GalleryRecord,
  'collectionId' | 'name' | 'description' | 'similarityFloor' | 'showsCovers'
>;
export type GalleryChanges = Partial<Omit<NewGallery, 'collectionId'>>;

export const GRANT_ENDERS = ['OWNER', 'GRANTEE', 'SUSPENSION'] as const;
export type GrantEnder = (typeof GRANT_ENDERS)[number];

/** Who was granted a gallery, as its owner sees it. */
export interface GrantRecord {
  readonly id: string;
  readonly galleryId: string;
  readonly granteeTenantId: string;
  /** The owner's own note. */
  readonly label: string;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly endedBy: GrantEnder | null;
}

/** A gallery as who was granted it sees it. */
export interface GrantedGallery {
  /** The grant's. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly similarityFloor: number;
  readonly showsCovers: boolean;
  readonly grantedAt: Date;
}

/** A granted gallery with what a search needs, none of which is told. */
export interface OpenGallery extends GrantedGallery {
  readonly scope: GalleryScope;
  readonly space: { readonly tenantId: string; readonly collectionId: string };
  readonly modelPackId: string;
  readonly embeddingDigest: string;
  readonly idSecret: Uint8Array;
}

/** What a gallery tells of a person, with the vector of one of their faces. */
export interface PublishedFace {
  readonly vectorKey: bigint;
  readonly personId: string;
  readonly name: string;
  readonly urls: readonly string[];
  readonly knownFor: string | null;
  readonly vector: Float32Array;
}

/** Where the face is that stands for a person. */
export interface Cover {
  readonly tenantId: string;
  readonly imageId: string;
  readonly boundingBox: BoundingBox;
}
