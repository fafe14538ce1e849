import { createHash } from 'node:crypto';
import { CreatePersonDocument, LikenessError, PersonsDocument, type LikenessClient } from '@likeness/client';
import type { Numbered } from './export-reader.ts';
import type { ExportedPerson } from './format.ts';

/** Requests under way at once. */
const AT_ONCE = 8;

export interface PersonsIn {
  /** Whom the ids of the export are now. */
  readonly idOf: ReadonlyMap<string, string>;
  /** By the ids of the export. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Makes the persons of an export known. Who has the external id already is used as they are; who was brought in before, whatever
 * they are called by now, is known by the request's token.
 * @throws LikenessError when it is not about one person; the signal's reason.
 */
export async function bringPersonsIn(
  likeness: LikenessClient,
  collectionId: string,
  origin: string,
  persons: readonly Numbered<ExportedPerson>[],
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (done: number) => void },
): Promise<PersonsIn> {
  const idOf = new Map<string, string>();
  const refused = new Map<string, string>();
  const waiting = persons[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const { line: _, ...person } of waiting) {
      try {
        idOf.set(person.id, await bringIn(likeness, collectionId, origin, person, signal));
      } catch (error) {
        if (!isOfOnePerson(error)) throw error;
        refused.set(person.id, `${error.code}: ${error.message}`);
      }
      onProgress(idOf.size + refused.size);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { idOf, refused };
}

async function bringIn(
  likeness: LikenessClient,
  collectionId: string,
  origin: string,
  { id, externalId, ...facts }: ExportedPerson,
  signal: AbortSignal,
): Promise<string> {
  const clientRequestToken = createHash('sha256')
    .update(JSON.stringify([origin, id]))
    .digest('base64url');
  try {
    const input = { collectionId, externalId, ...facts, clientRequestToken };
    const { createPerson } = await likeness.request(CreatePersonDocument, { input }, { signal });
    return createPerson.person.id;
  } catch (error) {
    if (!(error instanceof LikenessError) || error.code !== 'CONFLICT' || externalId == null) throw error;
    const { persons } = await likeness.request(
      PersonsDocument,
      { collectionId, filter: { externalId }, first: 1 },
      { signal },
    );
    const [known] = persons.nodes;
    if (!known) throw error;
    return known.id;
  }
}

/** What the server says of one person; all else ends the import. */
function isOfOnePerson(error: unknown): error is LikenessError {
  return error instanceof LikenessError && (error.code === 'BAD_USER_INPUT' || error.code === 'CONFLICT');
}
