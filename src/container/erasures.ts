import { newId } from '../domain/ids';
import { ErasureLedgerFile } from '../infra/storage/erasure-ledger-file';
import { CollectionStore } from '../modules/collections/collection.store';
import { ErasureReplay } from '../modules/deletion/erasure-replay.service';
import { ErasureWriter } from '../modules/deletion/erasure-writer.service';
import { EnrollmentWithdrawal } from '../modules/enrollment/enrollment-withdrawal.store';
import { FaceStore } from '../modules/faces/face.store';
import { PersonStore } from '../modules/persons/person.store';
import { systemClock } from '../ports/clock';
import type { Parts } from './parts';

export interface ErasureParts extends Pick<Parts, 'database' | 'logger' | 'system'> {
  readonly config: Pick<Parts['config'], 'erasureLedger'>;
}

/** Erases again what the ledger has and this database has not seen: it is a copy that was put back. */
export async function replayErasures({ config, database, logger, system }: ErasureParts): Promise<void> {
  const requestId = newId();
  const [collections, persons, faces] = [
    new CollectionStore(database),
    new PersonStore(database),
    new FaceStore(database),
  ];
  const enrollments = new EnrollmentWithdrawal(database);
  const replay = new ErasureReplay({
    erasures: system.erasures,
    ledger: new ErasureLedgerFile(config.erasureLedger),
    tenants: system.tenants,
    erase: {
      collections: async (scope, ids) => {
        const jobs: (string | null)[] = [];
        for (const id of ids) jobs.push(await collections.beginDeletion(scope, id, requestId));
        return jobs.filter((id) => id !== null).length;
      },
      // Alone: whom the copy has merged may have been parted again before one of them was erased.
      persons: async (scope, ids) =>
        ids.length === 0
          ? 0
          : (await persons.delete(scope, ids, { keepFaces: true, requestId, alone: true })).deletedIds.length,
      faces: async (scope, ids) =>
        ids.length === 0 ? 0 : (await faces.delete(scope, ids, requestId)).deletedIds.length,
    },
    withdrawEnrollments: (scope) => enrollments.withdrawAll(scope, systemClock.now()),
    now: () => systemClock.now(),
  });
  const replayed = await replay.run();
  if (replayed) logger.warn({ ledger: config.erasureLedger, ...replayed }, 'the erasure ledger was replayed');
}

/** What carries erasures into the ledger. */
export function createErasureWriter({ config, logger, system }: ErasureParts): ErasureWriter {
  return new ErasureWriter({
    erasures: system.erasures,
    ledger: new ErasureLedgerFile(config.erasureLedger),
    onError: (err) => logger.error({ err, ledger: config.erasureLedger }, 'the erasure ledger cannot be written'),
  });
}
