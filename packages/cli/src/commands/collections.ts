import {
  CollectionsDocument,
  CreateCollectionDocument,
  DeleteCollectionDocument,
  ReembedCollectionDocument,
  RollBackReembeddingDocument,
  UpdateCollectionDocument,
  type CollectionsQuery,
  type QualityFilter,
} from '@likeness/client';
import type { Context } from '../context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.ts';
import { collectionOf } from './collection-of.ts';
import { printRows, type Columns } from './rows.ts';
import { watch } from './watch.ts';

type Collection = CollectionsQuery['collections']['nodes'][number];

const COLUMNS: Columns<Collection> = {
  ID: ({ id }) => id,
  NAME: ({ name }) => name,
  PACK: ({ modelPackId }) => modelPackId,
  PERSONS: ({ personCount }) => personCount,
  FACES: ({ faceCount }) => faceCount,
  THRESHOLD: ({ similarityThreshold }) => similarityThreshold ?? 'automatic',
};

export interface CollectionFacts {
  readonly description?: string;
  readonly threshold?: number;
  readonly quality?: QualityFilter;
  readonly retentionDays?: number;
}

const factsOf = ({ description, threshold, quality, retentionDays }: CollectionFacts) => ({
  description,
  similarityThreshold: threshold,
  qualityFilter: quality,
  retentionDays,
});

export async function listCollections(context: Context, { limit }: { limit: number }): Promise<void> {
  const variables = { first: Math.min(limit + 1, 100) };
  await printRows(context, CollectionsDocument, variables, ({ collections }) => collections, COLUMNS, limit);
}

export async function createCollection(
  { likeness, out, signal }: Context,
  name: string,
  { pack, ...facts }: CollectionFacts & { pack?: string },
): Promise<void> {
  const input = { name, modelPack: pack, ...factsOf(facts) };
  const { createCollection: created } = await likeness.request(CreateCollectionDocument, { input }, { signal });
  out.answer(created.collection, () => `Made ${name}: ${created.collection.id}`);
}

export async function changeCollection(
  context: Context,
  nameOrId: string,
  { name, ...facts }: CollectionFacts & { name?: string },
): Promise<void> {
  const { id } = await collectionOf(context, nameOrId);
  const input = { id, name, ...factsOf(facts) };
  const { updateCollection } = await context.likeness.request(
    UpdateCollectionDocument,
    { input },
    { signal: context.signal },
  );
  context.out.answer(updateCollection.collection, () => `${updateCollection.collection.name} is changed.`);
}

/** @param yes its name once more: nothing brings a deleted collection back. */
export async function deleteCollection(context: Context, nameOrId: string, { yes }: { yes?: string }): Promise<void> {
  const { id, name, faceCount, personCount } = await collectionOf(context, nameOrId);
  if (yes !== name) {
    const holds = `${name} has ${personCount} persons and ${faceCount} faces; a deletion cannot be undone.`;
    throw new CommandError(`${holds} To delete it, repeat its name: --yes ${JSON.stringify(name)}`, EXIT.USAGE);
  }
  const { deleteCollection: done } = await context.likeness.request(
    DeleteCollectionDocument,
    { input: { id } },
    { signal: context.signal },
  );
  context.out.answer(done, () => `${name} is deleted. To see its faces go: likeness watch ${done.jobId}`);
}

/** Moves a collection to another pack, and follows the job to its end. */
export async function reembedCollection(
  context: Context,
  nameOrId: string,
  { pack, dropFacesWithoutImage }: { pack: string; dropFacesWithoutImage?: boolean },
): Promise<ExitCode> {
  const { id } = await collectionOf(context, nameOrId);
  const { reembedCollection: begun } = await context.likeness.request(
    ReembedCollectionDocument,
    { input: { id, modelPack: pack, dropFacesWithoutImage } },
    { signal: context.signal },
  );
  return watch(context, begun.job.id);
}

/** Moves a collection back to the pack that it had, and follows the job to its end. */
export async function rollBackCollection(context: Context, nameOrId: string): Promise<ExitCode> {
  const { id } = await collectionOf(context, nameOrId);
  const { rollBackReembedding: begun } = await context.likeness.request(
    RollBackReembeddingDocument,
    { input: { id } },
    { signal: context.signal },
  );
  return watch(context, begun.job.id);
}
