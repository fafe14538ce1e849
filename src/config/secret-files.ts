import { readFileSync } from 'node:fs';
import { SECRET_SETTINGS } from './environment';
import type { Problem } from './settings-file';

const SUFFIX = '_FILE';

export interface SecretFiles {
  /** The settings given, with what files hold in place of their names. */
  readonly values: Record<string, string>;
  readonly problems: readonly Problem[];
}

/** Secrets that lie in files of their own, as container engines and vaults put them: `LIKENESS_SIGNING_KEY_FILE` names one. */
export function readSecretFiles(given: Readonly<Record<string, string>>): SecretFiles {
  const values = { ...given };
  const problems: Problem[] = [];
  for (const setting of SECRET_SETTINGS) {
    const named = `${setting}${SUFFIX}`;
    const file = given[named];
    if (file === undefined) continue;
    delete values[named];
    if (given[setting] !== undefined) {
      problems.push({ setting: named, rule: `must be left out where ${setting} is given` });
      continue;
    }
    try {
      const text = readFileSync(file, 'utf8').trim();
      if (text === '') problems.push({ setting: named, rule: 'must name a file that is not empty' });
      else values[setting] = text;
    } catch (error) {
      const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
      problems.push({ setting: named, rule: `must name a file that can be read, not ${file} (${code})` });
    }
  }
  return { values, problems };
}
