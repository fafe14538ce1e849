import { LikenessError } from '@likeness/client';

/** Why something did not work, in a line: with its code where the API refused it. */
export function sentenceOf(error: unknown): string {
  return error instanceof LikenessError ? `${error.code}: ${error.message}` : (error as Error).message;
}
