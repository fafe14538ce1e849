import { readFile } from 'node:fs/promises';
import { LikenessError, SearchFacesBriefDocument, type QualityFilter } from '@likeness/client';
import type { Context } from '../context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.ts';
import { tableOf, type Cell } from '../output.ts';
import { collectionOf } from './collection-of.ts';

export interface SearchArguments {
  readonly collection: readonly string[];
  readonly threshold?: number;
  readonly limit: number;
  readonly quality?: QualityFilter;
}

interface Searched {
  readonly file: string;
  readonly faces: readonly {
    readonly boundingBox: unknown;
    readonly reasons: readonly string[];
    readonly matches: readonly {
      readonly similarity: number;
      readonly person: { readonly id: string; readonly externalId: string | null; readonly displayName: string } | null;
    }[];
  }[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** Who is in each photograph. One that cannot be searched stops no other. */
export async function search(context: Context, files: readonly string[], options: SearchArguments): Promise<ExitCode> {
  const collections = await Promise.all(options.collection.map((name) => collectionOf(context, name)));
  const searched: Searched[] = [];
  for (const file of files) searched.push(await searchOne(context, file, collections, options));
  context.out.answer(searched, () => textOf(searched));
  const isWhole = searched.every(({ error }) => !error) && searched.some(({ faces }) => faces.some(hasMatch));
  return isWhole ? EXIT.DONE : EXIT.PARTLY;
}

const hasMatch = ({ matches }: Searched['faces'][number]): boolean => matches.length > 0;

async function searchOne(
  { likeness, signal }: Context,
  file: string,
  collections: readonly { readonly id: string }[],
  { threshold, limit, quality: qualityFilter }: SearchArguments,
): Promise<Searched> {
  const image = await imageOf(file);
  const collectionIds = collections.map(({ id }) => id);
  try {
    const { searchFaces } = await likeness.request(
      SearchFacesBriefDocument,
      { collectionIds, image, threshold, limit, qualityFilter },
      { signal },
    );
    return { file, faces: searchFaces.probes };
  } catch (error) {
    // What is wrong with this image alone.
    if (!(error instanceof LikenessError) || !/^(IMAGE_|NO_FACE)/.test(error.code)) throw error;
    return { file, faces: [], error: { code: error.code, message: error.message } };
  }
}

/** @throws CommandError when it cannot be read. */
export async function imageOf(file: string): Promise<{ base64: string }> {
  try {
    return { base64: (await readFile(file)).toString('base64') };
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`, EXIT.USAGE);
  }
}

function textOf(searched: readonly Searched[]): string {
  const rows = searched.flatMap(({ file, faces, error }): Cell[][] => {
    if (error) return [[file, '', error.message, '']];
    if (faces.length === 0) return [[file, '', 'no face was found', '']];
    return faces.flatMap(({ matches, reasons }, index): Cell[][] => {
      if (matches.length > 0) {
        return matches.map(({ person, similarity }) => [
          file,
          index + 1,
          person?.displayName ?? 'a face without a name',
          similarity.toFixed(1),
        ]);
      }
      return [[file, index + 1, reasons.length > 0 ? `not searched: ${reasons.join(', ')}` : 'unknown', '']];
    });
  });
  return tableOf(['FILE', 'FACE', 'WHO', 'SIMILARITY'], rows);
}
