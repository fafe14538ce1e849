import type { Database } from '../../database';
import { betweenIds, directionOf, Prisma, type Tx } from '../../database/sql';
import { DomainError } from '../../domain/errors';
import type { GalleryScope } from '../../domain/gallery-scope';
import { makeGalleryScope } from '../../domain/gallery-scope-factory';
import { clipBox, type BoundingBox } from '../../domain/geometry';
import { openSealedId } from '../../domain/sealed-id';
import type { TenantScope } from '../../domain/tenant-scope';
import { vectorOfBytes } from '../../domain/vector-bytes';
import { COUNTING_TIMEOUT_MS, OLDEST_FIRST, type PageRequest } from '../../records/page';
import type { Cover, GrantedGallery, OpenGallery, PublishedFace } from '../../records/shared-gallery';
import { RETAINED_FACE, RETAINED_IMAGE } from '../collections/retained.store';

/** What a tenant was granted: all of it is read by the role that sees published columns alone. */
export class GrantedGalleryStore {
  constructor(private readonly database: Database) {}

  async list(grantee: TenantScope, page: PageRequest): Promise<GrantedGallery[]> {
    const places = betweenIds(Prisma.sql`g.id`, Prisma.sql`uuid`, page, OLDEST_FIRST);
    const rows = await this.database.readGrants(
      grantee,
      (tx) => tx.$queryRaw<GrantedRow[]>`
        SELECT g.id, y.name, y.description, y.similarity_floor, y.shows_covers, g.created_at
          FROM open_grants() o JOIN gallery_grants g ON g.id = o.id JOIN galleries y ON y.id = g.gallery_id
         WHERE true ${places} ORDER BY g.id ${directionOf(page, OLDEST_FIRST)} LIMIT ${page.first + 1}`,
    );
    return rows.map(grantedOf);
  }

  async count(grantee: TenantScope, atMost: number): Promise<number> {
    const [row] = await this.database.readGrants(
      grantee,
      (tx) => tx.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count FROM (SELECT FROM open_grants() LIMIT ${atMost}) AS counted`,
      { timeoutMs: COUNTING_TIMEOUT_MS },
    );
    return row!.count;
  }

  /** Those of the given ones that hold, with what a search in them needs. */
  async open(grantee: TenantScope, grantIds: readonly string[]): Promise<OpenGallery[]> {
    const rows = await this.database.readGrants(
      grantee,
      (tx) => tx.$queryRaw<OpenRow[]>`
        SELECT g.id, y.name, y.description, y.similarity_floor, y.shows_covers, g.created_at,
               g.tenant_id, g.collection_id, g.id_secret, c.model_pack_id, m.embedding_digest
          FROM open_grants() o JOIN gallery_grants g ON g.id = o.id JOIN galleries y ON y.id = g.gallery_id
          JOIN collections c ON c.id = g.collection_id JOIN model_packs m ON m.id = c.model_pack_id
         WHERE g.id = ANY(${[...grantIds]}::uuid[])`,
    );
    return rows.map((row) => ({
      ...grantedOf(row),
      scope: makeGalleryScope(grantee, row.id),
      space: { tenantId: row.tenant_id, collectionId: row.collection_id },
      modelPackId: row.model_pack_id,
      embeddingDigest: row.embedding_digest,
      idSecret: row.id_secret,
    }));
  }

  /** How many of the given ones hold. */
  async countOpen(grantee: TenantScope, grantIds: readonly string[]): Promise<number> {
    const [row] = await this.database.readGrants(
      grantee,
      (tx) => tx.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count FROM open_grants() o WHERE o.id = ANY(${[...grantIds]}::uuid[])`,
    );
    return row!.count;
  }

  /**
   * What is published of the faces that are nearest to each probe.
   * @param nearest for each probe keys of faces, the nearest first.
   * @param most faces of each probe that are looked at: the nearest that are somebody's.
   */
  findFaces(
    scope: GalleryScope,
    nearest: readonly (readonly bigint[])[],
    embeddingDigest: string,
    most: number,
  ): Promise<PublishedFace[]> {
    return this.database.readGallery(scope, async (tx) => {
      const named = await namedOnes(tx, [...new Set(nearest.flat())]);
      const wanted = nearest.flatMap((keys) => keys.filter((key) => named.has(key)).slice(0, most));
      const rows = await tx.$queryRaw<FaceRow[]>`
        SELECT f.vector_key, p.id AS owner_id, p.display_name, p.urls, p.known_for, e.vector
          FROM faces f JOIN persons p ON p.id = f.person_id
          JOIN face_embeddings e ON e.vector_key = f.vector_key AND e.embedding_digest = ${embeddingDigest}
         WHERE f.vector_key = ANY(${[...new Set(wanted)]}::bigint[])`;
      return rows.map((row) => ({
        vectorKey: row.vector_key,
        personId: row.owner_id,
        name: row.display_name,
        urls: row.urls,
        knownFor: row.known_for,
        vector: vectorOfBytes(row.vector),
      }));
    });
  }

  /**
   * The largest face of a person; null: there is none.
   * @param grantId as an address names it.
   * @param sealedId the person, sealed for this grant.
   * @throws DomainError FORBIDDEN when the grant does not hold, or the gallery shows no covers.
   */
  findCover(grantee: TenantScope, grantId: string, sealedId: string): Promise<Cover | null> {
    return this.database.readGallery(makeGalleryScope(grantee, grantId), async (tx) => {
      const [grant] = await tx.$queryRaw<{ tenant_id: string; id_secret: Uint8Array; shows_covers: boolean }[]>`
        SELECT g.tenant_id, g.id_secret, y.shows_covers
          FROM open_grants() o JOIN gallery_grants g ON g.id = o.id JOIN galleries y ON y.id = g.gallery_id
         WHERE g.id = ${grantId}::uuid`;
      if (!grant?.shows_covers) throw accessEnded();
      const personId = openSealedId(grant.id_secret, sealedId);
      if (personId === null) return null;
      const [face] = await tx.$queryRaw<{ image_id: string; bounding_box: BoundingBox }[]>`
        SELECT f.image_id, f.bounding_box
          FROM faces f JOIN persons p ON p.id = f.person_id AND p.merged_into_id IS NULL AND NOT p.is_trashed
          JOIN images i ON i.id = f.image_id JOIN collections c ON c.id = f.collection_id
         WHERE f.person_id = ${personId}::uuid AND ${SHOWN_FACE} AND ${RETAINED_IMAGE}
         ORDER BY f.size_px DESC, f.id LIMIT 1`;
      return face
        ? { tenantId: grant.tenant_id, imageId: face.image_id, boundingBox: clipBox(face.bounding_box) }
        : null;
    });
  }
}

export function accessEnded(): DomainError {
  return new DomainError('FORBIDDEN', 'The access to this gallery has ended. Ask whoever granted it.');
}

interface GrantedRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly similarity_floor: number;
  readonly shows_covers: boolean;
  readonly created_at: Date;
}

interface OpenRow extends GrantedRow {
  readonly tenant_id: string;
  readonly collection_id: string;
  readonly id_secret: Uint8Array;
  readonly model_pack_id: string;
  readonly embedding_digest: string;
}

interface FaceRow {
  readonly vector_key: bigint;
  readonly owner_id: string;
  readonly display_name: string;
  readonly urls: string[];
  readonly known_for: string | null;
  readonly vector: Uint8Array;
}

const SHOWN_FACE = Prisma.sql`
  f.state = 'INDEXED' AND f.hidden_as IS DISTINCT FROM 'NOT_A_FACE' AND ${RETAINED_FACE}`;

function grantedOf(row: GrantedRow): GrantedGallery {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    similarityFloor: row.similarity_floor,
    showsCovers: row.shows_covers,
    grantedAt: row.created_at,
  };
}

/** Those of the faces that a gallery may answer with: a face of nobody is not published. */
async function namedOnes(tx: Tx, vectorKeys: readonly bigint[]): Promise<ReadonlySet<bigint>> {
  const rows = await tx.$queryRaw<{ vector_key: bigint }[]>`
    SELECT f.vector_key
      FROM faces f JOIN persons p ON p.id = f.person_id AND p.merged_into_id IS NULL AND NOT p.is_trashed
      JOIN collections c ON c.id = f.collection_id
     WHERE f.vector_key = ANY(${[...vectorKeys]}::bigint[]) AND ${SHOWN_FACE}`;
  return new Set(rows.map((row) => row.vector_key));
}
