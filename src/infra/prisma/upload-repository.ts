import { newId } from '../../domain/ids';
import type { SupportedImageMime } from '../../domain/image-format';
import type { TenantScope } from '../../domain/tenant-scope';
import type { UploadRepository } from '../../ports/upload-repository';
import type { Database } from '../../database';
import type { Upload } from '../../database/sql';
import { assertUploadsFit } from './quota';
import type { NewUpload, UploadRecord } from '../../records/upload';

function uploadRecordOf(row: Upload): UploadRecord {
  return {
    id: row.id,
    state: row.state,
    bytes: row.bytes,
    mime: row.mime as SupportedImageMime,
    sha256: row.sha256 ? Buffer.from(row.sha256).toString('hex') : null,
    expiresAt: row.expiresAt,
  };
}

export class PrismaUploadRepository implements UploadRepository {
  constructor(private readonly database: Database) {}

  async create(scope: TenantScope, files: readonly NewUpload[], expiresAt: Date): Promise<UploadRecord[]> {
    const records = files.map((file) => ({ ...file, id: newId(), state: 'PENDING' as const, expiresAt }));
    await this.database.maintain(scope, async (tx) => {
      await assertUploadsFit(
        tx,
        scope,
        files.reduce((sum, file) => sum + file.bytes, 0),
      );
      await tx.upload.createMany({
        data: records.map((record) => ({
          ...record,
          tenantId: scope.tenantId,
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

  async bind(scope: TenantScope, id: string, sha256: string): Promise<boolean> {
    const digest = Buffer.from(sha256, 'hex');
    const { count } = await this.database.maintain(scope, (tx) =>
      tx.upload.updateMany({
        where: { id, state: 'PENDING', OR: [{ sha256: null }, { sha256: digest }] },
        data: { sha256: digest },
      }),
    );
    return count === 1;
  }

  async markReceived(scope: TenantScope, id: string): Promise<boolean> {
    const count = await this.database.maintain(
      scope,
      (tx) => tx.$executeRaw`
        UPDATE uploads SET state = 'RECEIVED'
         WHERE id = ${id}::uuid AND state = 'PENDING'
           AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = uploads.tenant_id AND t.status <> 'DELETING')`,
    );
    return count === 1;
  }

  async remove(scope: TenantScope, ids: readonly string[]): Promise<void> {
    await this.database.maintain(scope, (tx) => tx.upload.deleteMany({ where: { id: { in: [...ids] } } }));
  }
}
