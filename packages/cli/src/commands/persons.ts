import {
  CreatePersonDocument,
  DeletePersonsDocument,
  PersonsDocument,
  UpdatePersonDocument,
  type PersonsQuery,
} from '@likeness/client';
import type { Context } from '../context.ts';
import { collectionOf } from './collection-of.ts';
import { printRows, type Columns } from './rows.ts';

type Person = PersonsQuery['persons']['nodes'][number];

const COLUMNS: Columns<Person> = {
  ID: ({ id }) => id,
  NAME: ({ displayName }) => displayName,
  'EXTERNAL ID': ({ externalId }) => externalId,
  FACES: ({ faceCount }) => faceCount,
};

export interface PersonFacts {
  readonly name?: string;
  readonly externalId?: string;
  readonly metadata?: Record<string, unknown>;
}

export async function listPersons(
  context: Context,
  { collection, text, limit }: { collection: string; text?: string; limit: number },
): Promise<void> {
  const { id } = await collectionOf(context, collection);
  const variables = { collectionId: id, first: Math.min(limit + 1, 100), filter: text ? { text } : undefined };
  const byName = { ...variables, orderBy: { field: 'NAME', direction: 'ASC' } } as const;
  await printRows(context, PersonsDocument, byName, ({ persons }) => persons, COLUMNS, limit);
}

export async function addPerson(
  context: Context,
  displayName: string,
  { collection, externalId, metadata }: PersonFacts & { collection: string },
): Promise<void> {
  const { id: collectionId } = await collectionOf(context, collection);
  const input = { collectionId, displayName, externalId, metadata };
  const { createPerson } = await context.likeness.request(CreatePersonDocument, { input }, { signal: context.signal });
  context.out.answer(createPerson.person, () => `Added ${createPerson.person.id}`);
}

export async function changePerson(
  { likeness, out, signal }: Context,
  id: string,
  { name: displayName, externalId, metadata }: PersonFacts,
): Promise<void> {
  const input = { id, displayName, externalId, metadata };
  const { updatePerson } = await likeness.request(UpdatePersonDocument, { input }, { signal });
  out.answer(updatePerson.person, () => `${updatePerson.person.displayName} is changed.`);
}

export async function deletePersons({ likeness, out, signal }: Context, ids: readonly string[]): Promise<void> {
  const { deletePersons: done } = await likeness.request(
    DeletePersonsDocument,
    { input: { personIds: [...ids] } },
    { signal },
  );
  out.answer(done, () => `${done.deletedPersonIds.length} deleted, with their faces.`);
}
