import {
  type LikenessError,
  PersonsDocument,
  type EnrollFile,
  type EnrollOutcome,
  type LikenessClient,
} from '@likeness/client';
import { useSyncExternalStore } from 'react';
import type { TableRow } from './pure/csv-table.ts';
import type { PlannedFile } from './pure/import-plan.ts';

/** A file that was dropped, with what reads it. */
export interface ImportFile {
  readonly path: string;
  readonly bytes: number;
  readonly file: File;
}

export type FileState = 'waiting' | 'sending' | 'added' | 'known' | 'rejected' | 'failed' | 'cancelled';

export interface ImportedFile {
  readonly path: string;
  readonly person: string | null;
  readonly row?: TableRow | undefined;
  readonly file: File;
  readonly state: FileState;
  /** What was wrong, and what to do. */
  readonly reason?: string;
  readonly code?: string;
  /** Faces that may be meant, where nobody said which. */
  readonly boxes?: NonNullable<LikenessError['details']['boxes']>;
  readonly faces?: number;
}

export interface ImportRun {
  readonly collectionId: string;
  readonly collectionName: string;
  readonly files: readonly ImportedFile[];
  readonly isRunning: boolean;
  /** Why it stopped before its end. */
  readonly error?: string;
}

/** The import that runs, or ran last: it goes on while one looks at other screens. */
class Imports {
  private run: ImportRun | null = null;
  private stopping = new AbortController();
  private readonly listeners = new Set<() => void>();
  private scheduled = false;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly current = (): ImportRun | null => this.run;

  /** Sends and enrols files, each with an outcome of its own. @param finished is called after the last. */
  async start(
    client: LikenessClient,
    collection: { readonly id: string; readonly name: string },
    planned: readonly PlannedFile<ImportFile>[],
    finished: () => void,
  ): Promise<void> {
    const files = planned.map(({ path, person, row, file }): ImportedFile => ({
      path,
      person,
      row,
      file,
      state: 'waiting',
    }));
    this.run = { collectionId: collection.id, collectionName: collection.name, files, isRunning: true };
    await this.work(
      client,
      files.map((_, index) => index),
      {},
      finished,
    );
  }

  /** Tries failed files again. @param largest takes the largest face where several may be meant. */
  async retry(
    client: LikenessClient,
    paths: ReadonlySet<string>,
    { largest = false }: { readonly largest?: boolean },
    finished: () => void,
  ): Promise<void> {
    if (!this.run || this.run.isRunning) return;
    const indexes = this.run.files.flatMap(({ path }, index) => (paths.has(path) ? [index] : []));
    for (const index of indexes)
      this.patch(index, { state: 'waiting', reason: undefined, code: undefined, boxes: undefined });
    this.set({ isRunning: true, error: undefined });
    await this.work(client, indexes, largest ? { onAmbiguous: 'LARGEST' } : {}, finished);
  }

  /** What was sent stays; the rest is not sent. */
  stop(): void {
    this.stopping.abort(new Error('You stopped it. What was added before stays.'));
  }

  clear(): void {
    if (this.run?.isRunning) return;
    this.run = null;
    this.tell();
  }

  private async work(
    client: LikenessClient,
    indexes: readonly number[],
    options: { readonly onAmbiguous?: 'LARGEST' },
    finished: () => void,
  ): Promise<void> {
    const { collectionId, files } = this.run!;
    this.stopping = new AbortController();
    const { signal } = this.stopping;
    try {
      const persons = await knownPersons(client, collectionId, files, signal);
      const sources = indexes.map((index): EnrollFile => {
        const { path, person, row, file } = files[index]!;
        return {
          externalImageId: path.slice(-255),
          ...(person === null
            ? {}
            : { person: personOf(person, row) ?? persons.get(person) ?? newPerson(person, row) }),
          source: () => {
            this.patch(index, { state: 'sending' });
            return Promise.resolve(file);
          },
        };
      });
      await client.enrollFiles(
        { collectionId, files: sources, ...options },
        { signal, onOutcome: (outcome, at) => this.patch(indexes[at]!, stateOf(outcome)) },
      );
      this.set({ isRunning: false });
    } catch (error) {
      const open = this.run!.files.map(({ state }) => state === 'waiting' || state === 'sending');
      for (const [index, isOpen] of open.entries()) if (isOpen) this.patch(index, { state: 'cancelled' });
      this.set({ isRunning: false, error: error instanceof Error ? error.message : 'It stopped. Try the rest again.' });
    }
    finished();
  }

  private patch(index: number, change: Partial<ImportedFile>): void {
    const files = this.run!.files as ImportedFile[];
    files[index] = { ...files[index]!, ...change };
    this.tellSoon();
  }

  private set(change: Partial<ImportRun>): void {
    this.run = { ...this.run!, ...change, files: [...this.run!.files] };
    this.tell();
  }

  /** Thousands of files must not draw the page thousands of times. */
  private tellSoon(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setTimeout(() => {
      this.scheduled = false;
      if (this.run) this.set({});
    }, 150);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

export const imports = new Imports();
export const useImport = (): ImportRun | null => useSyncExternalStore(imports.subscribe, imports.current);

function stateOf(outcome: EnrollOutcome): Partial<ImportedFile> {
  switch (outcome.state) {
    case 'INDEXED':
      return { state: outcome.duplicate ? 'known' : 'added', faces: outcome.faces.length };
    case 'UNINDEXED':
      return { state: 'rejected', reason: outcome.unindexedFaces.flatMap(({ reasons }) => reasons).join(' ') };
    case 'FAILED': {
      const { code, message, details } = outcome.error;
      return { state: 'failed', reason: message, code, boxes: details.boxes };
    }
    case 'CANCELLED':
      return { state: 'cancelled' };
  }
}

/** Whom a table names by an id of its own; undefined: it does not. */
function personOf(name: string, row: TableRow | undefined): EnrollFile['person'] | undefined {
  if (!row?.externalId) return undefined;
  return row.name ? newPerson(name, row) : { externalId: row.externalId };
}

/** Somebody new, or who is there by this id already. */
function newPerson(displayName: string, row: TableRow | undefined): NonNullable<EnrollFile['person']> {
  const metadata = row?.metadata ?? {};
  return { create: { displayName, externalId: row?.externalId || displayName, metadata } };
}

/** People of the collection who are called as the folders are: their images are theirs, not those of somebody new. */
async function knownPersons(
  client: LikenessClient,
  collectionId: string,
  files: readonly ImportedFile[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, { readonly id: string }>> {
  const names = new Set(files.flatMap(({ person, row }) => (row?.externalId ? [] : (person ?? []))));
  const known = new Map<string, { id: string }>();
  for (const name of names) {
    const variables = { collectionId, filter: { text: name }, first: 50 };
    const { persons } = await client.request(PersonsDocument, variables, { signal });
    const same = persons.nodes.filter(({ displayName }) => displayName.toLowerCase() === name.toLowerCase());
    // Of two who are called alike nobody knows which is meant: the folder's own id tells.
    if (same.length === 1) known.set(name, { id: same[0]!.id });
  }
  return known;
}

/** Leaving the page would end what is being sent. */
window.addEventListener('beforeunload', (event) => {
  if (imports.current()?.isRunning) event.preventDefault();
});
