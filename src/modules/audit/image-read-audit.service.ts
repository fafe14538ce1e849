import { MAX_SUBJECTS, type AuditCaller } from '../../domain/audit';
import type { TenantScope } from '../../domain/tenant-scope';
import type { AuditStore } from './audit.store';
import { auditUnavailable } from './audit-unavailable';

/** One answer at a signed address. */
export interface ImageRead {
  readonly scope: TenantScope;
  readonly kind: 'images' | 'faces' | 'covers';
  /** The image's or the face's; of a cover the person's, as it was sealed for the reader. */
  readonly id: string;
  /** The key that the address was given to; null: an address that names none. */
  readonly apiKeyId: string | null;
  /** Network address of the reader. */
  readonly address: string | null;
}

interface Waiting extends ImageRead {
  readonly done: () => void;
  readonly failed: (reason: unknown) => void;
}

/** Reads of one transaction, over all tenants. */
const BATCH = 500;
const OPERATIONS = { images: 'readImages', faces: 'readFaceCrops', covers: 'readCovers' } as const;

/**
 * Writes down who is shown which images. What is asked for while rows are being written shares the next write, and one row where tenant,
 * key and reader are the same: a page of a hundred faces costs a few. Nothing is shown before its row is on the disk.
 */
export class ImageReadAudit {
  private waiting: Waiting[] = [];
  private writing = false;

  constructor(private readonly entries: Pick<AuditStore, 'add'>) {}

  /** @returns once the row is on the disk. @throws DomainError DEPENDENCY_UNAVAILABLE or STORAGE_FULL: the image must not be shown then. */
  record(read: ImageRead): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ ...read, done, failed });
      if (!this.writing) void this.write();
    });
  }

  private async write(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, BATCH);
      await Promise.all(grouped(batch, ({ scope }) => scope.tenantId).map((reads) => this.writeOf(reads)));
    }
    this.writing = false;
  }

  /** @param reads of one tenant, at least one. */
  private async writeOf(reads: readonly Waiting[]): Promise<void> {
    const rows = grouped(reads, ({ kind, apiKeyId, address }) => `${kind} ${apiKeyId} ${address}`).flatMap((same) =>
      inParts(same, MAX_SUBJECTS).map((part) => ({
        caller: callerOf(part[0]!),
        fact: { subjectIds: part.map(({ id }) => id) },
      })),
    );
    try {
      await this.entries.add(reads[0]!.scope, rows);
      for (const { done } of reads) done();
    } catch (error) {
      for (const { failed } of reads) failed(auditUnavailable(error, 'no image is shown'));
    }
  }
}

function callerOf({ kind, apiKeyId, address }: ImageRead): AuditCaller {
  return { by: 'ADDRESS', apiKeyId, actor: null, address, requestId: null, operation: OPERATIONS[kind] };
}

/** Those of the same key together, none of them empty. */
function grouped<T>(all: readonly T[], keyOf: (one: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return [...groups.values()];
}

function inParts<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size));
}
