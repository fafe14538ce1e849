import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AuditCheckpoint } from '../../domain/audit-checkpoint';
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
    // Neither renamed nor replaced, so that the folder may be one that takes new files and lets none be changed.
    try {
      await writeFile(file, `${JSON.stringify(checkpoint)}\n`, { mode: 0o600, flag: 'wx', flush: true });
    } catch (error) {
      // Another process was first.
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      // What a full disk has taken of it would pass for the day's.
      await rm(file, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  private fileOf(tenantId: string, day: string): string {
    return path.join(this.folder, tenantId, `${day}.json`);
  }
}
