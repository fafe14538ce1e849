import type { Database } from '../../database';
import { Prisma, txOf, type Upload } from '../../database/sql';
import { newId } from '../../domain/ids';
import type { SupportedImageMime } from '../../domain/image-format';
import type { TenantScope } from '../../domain/tenant-scope';
import type { NewUpload, SentUpload, UploadPurpose, UploadRecord } from '../../records/upload';
import { assertWithinQuota, uploadBytesOf } from '../tenants/quota.store';

function uploadRecordOf(row: Upload): UploadRecord {
  return {
    id: row.id,
    state: row.state,
    bytes: row.bytes,
    mime: row.mime as SupportedImageMime,
    sha256: row.sha256 ? Buffer.from(row.sha256).toString('hex') : null,
    expiresAt: row.expiresAt,
    apiKeyId: row.apiKeyId,
  };
}

export class UploadStore {
  constructor(private readonly database: Database) {}

  /**
   * In the order of `files`, all for the same purpose.
   *
   * @param directBy the key that gets an address of the store itself for this file. @default null: none does
   * @throws DomainError QUOTA_EXCEEDED when the tenant's open uploads would pass their limit (`assertWithinQuota`).
   */
  async create(
    scope: TenantScope,
    files: readonly NewUpload[],
    expiresAt: Date,
    purpose: UploadPurpose = 'ENROLL',
    directBy: (file: NewUpload) => string | null = () => null,
  ): Promise<UploadRecord[]> {
    const records = files.map((file) => ({
      ...file,
      id: newId(),
      state: 'PENDING' as const,
      expiresAt,
      apiKeyId: directBy(file),
    }));
    await this.database.change(scope, async (change) => {
      const tx = txOf(change);
      change.note({ subjectIds: records.map(({ id }) => id), details: { purpose } });
      await assertWithinQuota(tx, scope, { uploadBytes: uploadBytesOf(files) });
      await tx.upload.createMany({
        data: records.map((record) => ({
          ...record,
          tenantId: scope.tenantId,
          purpose,
          collectionIds: [...(scope.collectionIds ?? [])],
          sha256: record.sha256 === null ? null : Buffer.from(record.sha256, 'hex'),
        })),
      });
    });
    return records;
  }

  async find(scope: TenantScope, id: string): Promise<UploadRecord | null> {
    const row = await this.database.read(scope, (tx) => tx.upload.findUnique({ where: { id } }));
    return row ? uploadRecordOf(row) : null;
  }

  /** @returns null also while the tenant is suspended or being deleted: its addresses take nothing then. */
  async findOpen(scope: TenantScope, id: string): Promise<UploadRecord | null> {
    const row = await this.database.read(scope, (tx) =>
      tx.upload.findUnique({ where: { id, tenant: { status: 'ACTIVE' } } }),
    );
    return row ? uploadRecordOf(row) : null;
  }

  /** Of these, the ones that wait for bytes at an address of the store itself, and have not expired. */
  async listSentDirectly(scope: TenantScope, ids: readonly string[], now: Date): Promise<SentUpload[]> {
    const rows = await this.database.read(scope, (tx) =>
      tx.upload.findMany({
        where: { id: { in: [...ids] }, state: 'PENDING', apiKeyId: { not: null }, expiresAt: { gt: now } },
      }),
    );
    return rows.map(uploadRecordOf).filter((upload): upload is SentUpload => upload.apiKeyId !== null);
  }

  /**
   * Settles which bytes a PENDING upload will hold, before they are stored: the first caller's. Whoever sends the same
   * bytes may go on, so an interrupted PUT can be repeated, and two at once cannot mix.
   *
   * @param sha256 64 lower-case hex digits of the whole, valid file.
   * @returns false when the upload is settled on other bytes, is no longer PENDING, or is gone.
   */
  async bind(scope: TenantScope, id: string, sha256: string): Promise<boolean> {
    const bound = await this.database.execute(
      scope,
      Prisma.sql`
        UPDATE uploads SET sha256 = decode(${sha256}, 'hex')
         WHERE id = ${id}::uuid AND state = 'PENDING' AND (sha256 IS NULL OR sha256 = decode(${sha256}, 'hex'))`,
    );
    return bound === 1;
  }

  /**
   * PENDING to RECEIVED, once: the first valid PUT wins.
   *
   * @returns false when another won, or when the upload or its tenant has gone meanwhile.
   */
  async markReceived(scope: TenantScope, id: string): Promise<boolean> {
    const received = await this.database.execute(
      scope,
      Prisma.sql`
        UPDATE uploads SET state = 'RECEIVED'
         WHERE id = ${id}::uuid AND state = 'PENDING'
           AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = uploads.tenant_id AND t.status <> 'DELETING')`,
    );
    return received === 1;
  }

  /** Idempotent. */
  async remove(scope: TenantScope, ids: readonly string[]): Promise<void> {
    await this.database.maintain(scope, (tx) => tx.upload.deleteMany({ where: { id: { in: [...ids] } } }));
  }
}
