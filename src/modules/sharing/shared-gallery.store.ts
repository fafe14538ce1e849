import { randomBytes } from 'node:crypto';
import type { Database } from '../../database';
import {
  betweenIds,
  directionOf,
  idsBetween,
  isForeignKeyViolation,
  isUniqueViolation,
  leaveGranteeRole,
  Prisma,
  takeGranteeRole,
  txOf,
  type Tx,
} from '../../database/sql';
import { DomainError, notFound } from '../../domain/errors';
import { newId } from '../../domain/ids';
import { SEAL_KEY_BYTES } from '../../domain/sealed-id';
import type { TenantScope } from '../../domain/tenant-scope';
import { COUNTING_TIMEOUT_MS, OLDEST_FIRST, type PageRequest } from '../../records/page';
import type { GalleryChanges, GalleryRecord, GrantEnder, GrantRecord, NewGallery } from '../../records/shared-gallery';

/** Grants of one gallery that hold at a time. */
const MAX_GRANTS = 1_000;

/** The galleries that a tenant publishes, and who is granted them. */
export class SharedGalleryStore {
  constructor(private readonly database: Database) {}

  /** @throws DomainError NOT_FOUND (the collection), CONFLICT when it is published already. */
  async publish(scope: TenantScope, gallery: NewGallery): Promise<GalleryRecord> {
    const id = newId();
    const { collectionId } = gallery;
    return this.database
      .change(scope, async (change) => {
        const tx = txOf(change);
        const found = await tx.collection.count({ where: { id: collectionId, state: 'ACTIVE' } });
        if (found === 0) throw notFound('collection');
        // Of persons from before there were galleries nothing was kept: their trigger does it.
        await tx.$executeRaw`
          UPDATE persons SET metadata = metadata
           WHERE collection_id = ${collectionId}::uuid AND (metadata ? 'urls' OR metadata ? 'knownFor')
             AND urls = '{}' AND known_for IS NULL`;
        const row = await tx.gallery.create({ data: { id, tenantId: scope.tenantId, ...gallery } });
        change.note({ collectionIds: [collectionId], subjectIds: [id], details: publishedOf(row) });
        return row;
      })
      .catch((error: unknown) => {
        if (!isUniqueViolation(error)) throw error;
        throw new DomainError(
          'CONFLICT',
          'This collection is published already. Change its gallery with updateGallery.',
        );
      });
  }

  /** @throws DomainError NOT_FOUND. */
  update(scope: TenantScope, id: string, changes: GalleryChanges): Promise<GalleryRecord> {
    return this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const { count } = await tx.gallery.updateMany({ where: { id }, data: changes });
      const row = count > 0 ? await tx.gallery.findUnique({ where: { id } }) : null;
      if (!row) throw notFound('gallery');
      change.note({ collectionIds: [row.collectionId], subjectIds: [id], details: publishedOf(row) });
      return row;
    });
  }

  /** Its grants go with it. @throws DomainError NOT_FOUND. */
  async unpublish(scope: TenantScope, id: string): Promise<void> {
    await this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const row = await tx.gallery.findUnique({ where: { id } });
      if (!row) throw notFound('gallery');
      await tx.gallery.deleteMany({ where: { id } });
      change.note({ collectionIds: [row.collectionId], subjectIds: [id] });
    });
  }

  list(scope: TenantScope, page: PageRequest): Promise<GalleryRecord[]> {
    return this.database.read(scope, (tx) => tx.gallery.findMany({ ...idsBetween(page), take: page.first + 1 }));
  }

  count(scope: TenantScope, atMost: number): Promise<number> {
    return this.database.read(scope, (tx) => tx.gallery.count({ take: atMost }), { timeoutMs: COUNTING_TIMEOUT_MS });
  }

  /** @throws DomainError NOT_FOUND (the gallery, the other tenant), CONFLICT when it has the gallery already, QUOTA_EXCEEDED. */
  async grant(scope: TenantScope, galleryId: string, granteeTenantId: string, label: string): Promise<GrantRecord> {
    const id = newId();
    return this.database
      .change(scope, async (change) => {
        const tx = txOf(change);
        const gallery = await lockGallery(tx, galleryId);
        const open = await tx.galleryGrant.count({ where: { galleryId, endedAt: null } });
        if (open >= MAX_GRANTS) throw tooManyGrants();
        const secret = randomBytes(SEAL_KEY_BYTES);
        const [row] = await tx.$queryRaw<GrantRow[]>`
          INSERT INTO gallery_grants (id, gallery_id, tenant_id, collection_id, grantee_tenant_id, label, id_secret)
          VALUES (${id}::uuid, ${galleryId}::uuid, ${scope.tenantId}::uuid, ${gallery.collection_id}::uuid,
                  ${granteeTenantId}::uuid, ${label}, ${secret})
          RETURNING ${GRANT_COLUMNS}`;
        const details = { granteeTenantId };
        change.note({ collectionIds: [gallery.collection_id], subjectIds: [galleryId, id], details });
        return grantRecordOf(row!);
      })
      .catch((error: unknown) => {
        if (isUniqueViolation(error))
          throw new DomainError('CONFLICT', 'This tenant has been granted the gallery already.');
        throw isForeignKeyViolation(error) ? notFound('tenant to grant the gallery to') : error;
      });
  }

  /** Ends it for both sides, whichever of them asks; one that has ended stays as it is. @throws DomainError NOT_FOUND. */
  async endGrant(scope: TenantScope, id: string): Promise<void> {
    await this.database.change(scope, async (change) => {
      const tx = txOf(change);
      change.note({ subjectIds: [id] });
      const [own] = await tx.$queryRaw<{ collection_id: string }[]>`
        UPDATE gallery_grants SET ended_at = COALESCE(ended_at, now()), ended_by = COALESCE(ended_by, 'OWNER')
         WHERE id = ${id}::uuid RETURNING collection_id`;
      if (own) return change.note({ collectionIds: [own.collection_id] });
      await takeGranteeRole(tx, null);
      const ended = await tx.$executeRaw`
        UPDATE gallery_grants SET ended_at = now(), ended_by = 'GRANTEE' WHERE id = ${id}::uuid AND ended_at IS NULL`;
      const known =
        ended > 0
          ? []
          : await tx.$queryRaw<{ id: string }[]>`
        SELECT id FROM gallery_grants WHERE id = ${id}::uuid`;
      await leaveGranteeRole(tx);
      if (ended === 0 && known.length === 0) throw notFound('grant of a gallery');
    });
  }

  async listGrants(scope: TenantScope, galleryId: string, page: PageRequest): Promise<GrantRecord[]> {
    const places = betweenIds(Prisma.sql`g.id`, Prisma.sql`uuid`, page, OLDEST_FIRST);
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<GrantRow[]>`
        SELECT ${GRANT_COLUMNS} FROM gallery_grants g WHERE g.gallery_id = ${galleryId}::uuid ${places}
         ORDER BY g.id ${directionOf(page, OLDEST_FIRST)} LIMIT ${page.first + 1}`,
    );
    return rows.map(grantRecordOf);
  }

  countGrants(scope: TenantScope, galleryId: string, atMost: number): Promise<number> {
    return this.database.read(scope, (tx) => tx.galleryGrant.count({ where: { galleryId }, take: atMost }), {
      timeoutMs: COUNTING_TIMEOUT_MS,
    });
  }
}

interface GrantRow {
  readonly id: string;
  readonly gallery_id: string;
  readonly grantee_tenant_id: string;
  readonly label: string;
  readonly created_at: Date;
  readonly ended_at: Date | null;
  readonly ended_by: string | null;
}

const GRANT_COLUMNS = Prisma.sql`id, gallery_id, grantee_tenant_id, label, created_at, ended_at, ended_by`;

function grantRecordOf(row: GrantRow): GrantRecord {
  return {
    id: row.id,
    galleryId: row.gallery_id,
    granteeTenantId: row.grantee_tenant_id,
    label: row.label,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    endedBy: row.ended_by as GrantEnder | null,
  };
}

/** So that grants are counted one after another. @throws DomainError NOT_FOUND. */
async function lockGallery(tx: Tx, id: string): Promise<{ collection_id: string }> {
  const [gallery] = await tx.$queryRaw<{ collection_id: string }[]>`
    SELECT collection_id FROM galleries WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
  if (!gallery) throw notFound('gallery');
  return gallery;
}

function tooManyGrants(): DomainError {
  return new DomainError(
    'QUOTA_EXCEEDED',
    `A gallery is granted to at most ${MAX_GRANTS} tenants at a time. End one first.`,
  );
}

/** What the audit keeps of how it is published. */
const publishedOf = ({ similarityFloor, showsCovers }: GalleryRecord) => ({ similarityFloor, showsCovers });
