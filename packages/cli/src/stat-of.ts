import { statSync, type Stats } from 'node:fs';

/** What is at a place; undefined where nothing is, also because its folder is a file (which some releases of Node throw for). */
export function statOf(place: string): Stats | undefined {
  try {
    return statSync(place, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}
