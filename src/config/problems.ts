import type { z } from 'zod';
import { environmentSchema, type Environment } from './environment';
import { s3Problems } from './s3-settings';
import type { Problem } from './settings-file';
import { similarName } from './similar-name';

export function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  return /^must/.test(issue.message) ? issue.message : `is not valid: ${issue.message}`;
}

/** What a shell that calls the API may carry, as the examples of docs/quickstart.md do. */
const CLIENT_VARIABLES = new Set(['LIKENESS_URL', 'LIKENESS_KEY']);

const SETTINGS: ReadonlySet<string> = new Set(Object.keys(environmentSchema.shape));

/** A misspelt setting would silently leave its default in force. */
export function unknownSettings(given: Readonly<Record<string, string>>): Problem[] {
  return Object.keys(given)
    .filter((name) => name.startsWith('LIKENESS_') && !SETTINGS.has(name))
    .filter((name) => !name.startsWith('LIKENESS_TEST_') && !CLIENT_VARIABLES.has(name))
    .map((setting) => ({ setting, rule: unknownRule(setting) }));
}

/** The file may hold what others read, docker compose above all: only what is nearly a setting of ours counts as one. */
export function misspeltSettings(inFile: Readonly<Record<string, string>>): Problem[] {
  return Object.keys(inFile)
    .filter((name) => !name.startsWith('LIKENESS_') && !SETTINGS.has(name) && similarName(name, SETTINGS))
    .map((setting) => ({ setting, rule: unknownRule(setting) }));
}

function unknownRule(name: string): string {
  const meant = similarName(name, SETTINGS);
  return `is not a setting of Likeness${meant ? `. Did you mean ${meant}?` : ' (misspelt?)'}`;
}

export function impossibleCombinations(env: Environment): Problem[] {
  const problems: Problem[] = [];
  const split = env.LIKENESS_ROLE !== 'all';
  if (split && !env.DATABASE_URL) {
    problems.push({
      setting: 'DATABASE_URL',
      rule: `must be set for LIKENESS_ROLE=${env.LIKENESS_ROLE}: several processes cannot share the embedded PostgreSQL`,
    });
  }
  if (split && !env.MILVUS_ADDRESS) {
    problems.push({
      setting: 'MILVUS_ADDRESS',
      rule: `must be set for LIKENESS_ROLE=${env.LIKENESS_ROLE}: USearch lives in one process, so API and workers would not see the same index`,
    });
  }
  if (split && !env.LIKENESS_IMAGES_DIR && !env.LIKENESS_S3_BUCKET) {
    problems.push({
      setting: 'LIKENESS_IMAGES_DIR',
      rule: `must name a folder that all processes share for LIKENESS_ROLE=${env.LIKENESS_ROLE}, where LIKENESS_S3_BUCKET is not set`,
    });
  }
  problems.push(...s3Problems(env));
  for (const [setting, value] of Object.entries(neededSecrets(env))) {
    if (!value && mustGiveSecrets(env)) {
      problems.push({ setting, rule: 'must be set: secrets are only made by themselves beside embedded data' });
    }
  }
  for (const [setting, newest, old] of [
    ['LIKENESS_SIGNING_KEY', env.LIKENESS_SIGNING_KEY, env.LIKENESS_OLD_SIGNING_KEYS],
    ['LIKENESS_KEY_PEPPER', env.LIKENESS_KEY_PEPPER, env.LIKENESS_OLD_KEY_PEPPERS],
  ] as const) {
    if (old.length > 0 && !newest) problems.push({ setting, rule: 'must be set where older ones are given' });
  }
  if (env.LIKENESS_OLD_SIGNING_KEYS.length > 0 && !env.LIKENESS_AUDIT_KEY) {
    problems.push({
      setting: 'LIKENESS_AUDIT_KEY',
      rule: 'must be set where LIKENESS_OLD_SIGNING_KEYS is: give it the oldest signing key, which the audit has been verified with so far',
    });
  }
  if (Boolean(env.DATABASE_APP_URL) !== Boolean(env.DATABASE_SYSTEM_URL)) {
    problems.push({
      setting: env.DATABASE_APP_URL ? 'DATABASE_SYSTEM_URL' : 'DATABASE_APP_URL',
      rule: 'must be set too: the two are given together or not at all',
    });
  }
  if (env.DATABASE_POOLER && !env.DATABASE_URL) {
    problems.push({
      setting: 'DATABASE_URL',
      rule: 'must be set where DATABASE_POOLER is: migrations and LISTEN go to the server itself',
    });
  }
  if (env.LIKENESS_PACKS.length === 0)
    problems.push({ setting: 'LIKENESS_PACKS', rule: 'must name at least one pack' });
  return problems;
}

/** With a database of one's own and every secret given there is nothing to make, and nobody's folder is touched for it. */
export function hasSecretsToMake(env: Environment): boolean {
  return !env.DATABASE_URL || Object.values(neededSecrets(env)).some((value) => !value);
}

/** Several machines must agree on every secret, and production without embedded data must not depend on a local file. */
export function mustGiveSecrets(env: Environment): boolean {
  return env.LIKENESS_ROLE !== 'all' || (env.NODE_ENV === 'production' && Boolean(env.DATABASE_URL));
}

function neededSecrets(env: Environment): Record<string, string | undefined> {
  return {
    LIKENESS_OPERATOR_KEY: env.LIKENESS_OPERATOR_KEY,
    LIKENESS_KEY_PEPPER: env.LIKENESS_KEY_PEPPER,
    LIKENESS_SIGNING_KEY: env.LIKENESS_SIGNING_KEY,
    ...(env.DATABASE_APP_URL
      ? {}
      : {
          LIKENESS_DB_APP_PASSWORD: env.LIKENESS_DB_APP_PASSWORD,
          LIKENESS_DB_SYSTEM_PASSWORD: env.LIKENESS_DB_SYSTEM_PASSWORD,
        }),
  };
}
