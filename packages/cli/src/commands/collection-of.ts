import { CollectionDocument, type CollectionQuery } from '@likeness/client';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';

type Collection = NonNullable<CollectionQuery['collection']>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A collection by its name or its id. @throws CommandError when there is none. */
export async function collectionOf({ likeness, signal }: Context, nameOrId: string): Promise<Collection> {
  const found = await findCollection({ likeness, signal }, nameOrId);
  if (found) return found;
  throw new CommandError(`There is no collection ${nameOrId}. See: likeness collections list`);
}

/** Their ids, each given as it is or by its name; the operator's key sees no names. @throws CommandError when there is none. */
export async function collectionIdsOf(context: Context, given: readonly string[]): Promise<string[]> {
  return Promise.all(
    given.map(async (nameOrId) => (UUID.test(nameOrId) ? nameOrId : (await collectionOf(context, nameOrId)).id)),
  );
}

export async function findCollection(
  { likeness, signal }: Pick<Context, 'likeness' | 'signal'>,
  nameOrId: string,
): Promise<Collection | null> {
  const byName = await likeness.request(CollectionDocument, { name: nameOrId }, { signal });
  if (byName.collection || !UUID.test(nameOrId)) return byName.collection;
  return (await likeness.request(CollectionDocument, { id: nameOrId }, { signal })).collection;
}
