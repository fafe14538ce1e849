import { readFile } from 'node:fs/promises';
import {
  MAX_IMAGE_BYTES,
  type EnrollOutcome,
  type LikenessClient,
  type OnAmbiguous,
  type QualityFilter,
} from '@likeness/client';
import type { Output } from '../output.ts';
import { factsOf, type Journal } from './journal.ts';
import type { Listing, RefusedFile } from './listing.ts';

export interface ImportOptions {
  readonly onAmbiguous?: OnAmbiguous;
  readonly qualityFilter?: QualityFilter;
  readonly parallel: number;
  readonly signal: AbortSignal;
}

/** What became of all the files. */
export interface ImportReport {
  readonly files: number;
  readonly indexed: number;
  /** Of those: the same bytes were there before, for the same person. */
  readonly duplicates: number;
  /** Files that an earlier run brought in and that have not changed. */
  readonly unchanged: number;
  readonly notIndexed: readonly RefusedFile[];
  readonly skipped: Readonly<Record<string, number>>;
}

/**
 * Enrols what is listed and not yet in the journal.
 * @throws LikenessError when the server refuses all; the signal's reason. What was brought in by then is in the journal.
 */
export async function runImport(
  likeness: LikenessClient,
  collectionId: string,
  listing: Listing,
  journal: Journal,
  out: Output,
  options: ImportOptions,
): Promise<ImportReport> {
  const notIndexed = [...listing.refused];
  const fresh = listing.files.filter((file) => !journal.has(factsOf(file)));
  const fitting = fresh.filter((file) => file.bytes <= MAX_IMAGE_BYTES);
  for (const { shown, bytes } of fresh.filter((file) => !fitting.includes(file))) {
    const reason = `has ${(bytes / 2 ** 20).toFixed(1)} MB: an image may have ${MAX_IMAGE_BYTES / 2 ** 20}`;
    notIndexed.push({ shown, reason });
  }
  let indexed = 0;
  let duplicates = 0;
  const { onAmbiguous, qualityFilter, parallel, signal } = options;
  if (fitting.length > 0) {
    await likeness.enrollFiles(
      {
        collectionId,
        onAmbiguous,
        qualityFilter,
        files: fitting.map((file) => ({
          source: () => readFile(file.path),
          person: file.person,
          externalImageId: file.externalImageId,
        })),
      },
      {
        parallel,
        signal,
        onProgress: ({ total, sent, indexed: found, unindexed, failed }) =>
          out.progress(`${sent} of ${total} sent, ${found} indexed, ${unindexed + failed} not`),
        onOutcome: (outcome, index) => {
          const file = fitting[index]!;
          if (outcome.state === 'INDEXED') {
            indexed += 1;
            duplicates += outcome.duplicate ? 1 : 0;
          } else notIndexed.push({ shown: file.shown, reason: reasonOf(outcome) });
          // What failed may do better the next time.
          if (outcome.state === 'INDEXED' || outcome.state === 'UNINDEXED') journal.add(factsOf(file));
        },
      },
    );
  }
  return {
    files: listing.files.length + listing.refused.length,
    indexed,
    duplicates,
    unchanged: listing.files.length - fresh.length,
    notIndexed: notIndexed.sort((a, b) => (a.shown < b.shown ? -1 : 1)),
    skipped: Object.fromEntries(listing.skipped),
  };
}

/** Why nothing of an image was indexed. */
export function reasonOf(outcome: Exclude<EnrollOutcome, { state: 'INDEXED' }>): string {
  if (outcome.state === 'FAILED') return `${outcome.error.code}: ${outcome.error.message}`;
  if (outcome.state === 'CANCELLED') return 'the job was cancelled before its turn';
  const reasons = outcome.unindexedFaces.flatMap((face) => face.reasons);
  return reasons.length > 0 ? [...new Set(reasons)].join(', ') : 'no face was found';
}
