import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AuditCheckpoint } from '../../domain/audit-checkpoint';
import { newId } from '../../domain/ids';
import type { CheckpointStore } from '../../ports/checkpoint-store';

/** A folder for each tenant, and in it a file of JSON for each day, which `npm run audit -- verify` reads. */
export class CheckpointFolder implements CheckpointStore {
  /** @param folder absolute; it need not be there. */
  constructor(private readonly folder: string) {}

  async has(tenantId: string, day: string): Promise<boolean> {
    try {
      return (await stat(this.fileOf(tenantId, day))).isFile();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  async put(checkpoint: AuditCheckpoint): Promise<void> {
    const file = this.fileOf(checkpoint.tenantId, checkpoint.at.slice(0, 10));
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    // Several processes may write one, each a good one: the last stays, and none is half.
    const draft = `${file}.${newId()}`;
    await writeFile(draft, `${JSON.stringify(checkpoint)}\n`, { mode: 0o600 });
    await rename(draft, file);
  }

  private fileOf(tenantId: string, day: string): string {
    return path.join(this.folder, tenantId, `${day}.json`);
  }
}
