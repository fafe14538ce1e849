import { existsSync, readFileSync } from 'node:fs';

/** A setting that cannot be used, and what it must be. */
export interface Problem {
  readonly setting: string;
  readonly rule: string;
}

export interface SettingsFile {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

/**
 * Reads settings, `NAME=value` a line, as docker compose and a shell read the same file: `#` begins a comment, quotes are
 * taken off, and `${NAME}` stands for a value of the environment or of an earlier line (not between single quotes).
 *
 * @returns nothing where there is no such file; what cannot be read as told is among the problems.
 */
export function readSettingsFile(file: string, environment: NodeJS.ProcessEnv): SettingsFile {
  const values: Record<string, string> = {};
  const problems: Problem[] = [];
  if (!existsSync(file)) return { values, problems };
  const lines = readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .split('\n');
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name, written] = /^(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || written === undefined) {
      problems.push({ setting: `Line ${index + 1}`, rule: 'must be NAME=value' });
      continue;
    }
    const { text, literal } = unquoted(written);
    const expand = (_whole: string, other: string): string => {
      const value = environment[other] || values[other];
      if (!value) problems.push({ setting: name, rule: `is made of ${other}, which has no value before it` });
      return value ?? '';
    };
    values[name] = literal ? text : text.replace(/\$\{(\w+)\}/g, expand);
  }
  return { values, problems };
}

function unquoted(written: string): { text: string; literal: boolean } {
  const quoted = /^(['"])(.*)\1\s*(?:#.*)?$/.exec(written);
  if (quoted) return { text: quoted[2]!, literal: quoted[1] === "'" };
  return { text: written.replace(/(^|\s)#.*$/, '').trim(), literal: false };
}
