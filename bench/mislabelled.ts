import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './bench-analyzer';

/** One person under two names a line, `#` before remarks. */
const FILE = path.join(ROOT, 'bench', 'lfw-mislabelled.txt');

/**
 * Names that stand for people who are in Labeled Faces in the Wild under another name, too (or show somebody else): a
 * stranger of that name would rightly be recognised, and count as a false match.
 */
export async function readMislabelled(): Promise<ReadonlySet<string>> {
  const lines = (await readFile(FILE, 'utf8')).split(/\r?\n/).map((line) => line.replace(/#.*/, '').trim());
  return new Set(lines.filter((line) => line !== '').map((line) => line.split(/\s+/)[1]!));
}
