import { availableParallelism } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { readSettingsFile, type Problem, type SettingsFile } from './config/settings-file';
import { similarName } from './config/similar-name';
import { DAY, MEGABYTE } from './domain/units';

const text = z.string().trim().min(1);
const wholeNumber = (min: number, max: number) => {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number(rule).int(rule).min(min, rule).max(max, rule);
};
const secret = z.string().min(32, 'must have at least 32 characters (openssl rand -base64 32 makes one)');
const list = z
  .string()
  .transform((value) => value.split(',').map((part) => part.trim()))
  .pipe(z.array(z.string()).transform((parts) => parts.filter((part) => part.length > 0)));
const listOf = (isGood: (part: string) => boolean, rule: string) =>
  list.superRefine((parts, context) => {
    const bad = parts.filter((part) => !isGood(part));
    if (bad.length > 0) context.addIssue({ code: 'custom', message: `${rule}, not ${bad.join(', ')}` });
  });
const cidr = z.union([z.cidrv4(), z.cidrv6()]);
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://');

/** Compared with what browsers send, letter by letter: a path, a default port or a capital letter would never be equal. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, host, origin } = new URL(text);
  // To URL only the web's own schemes have an origin; a browser's extensions send theirs all the same.
  return host !== '' && text === (origin === 'null' ? `${protocol}//${host}` : origin);
}

/** Every setting, as the environment names it. The table of docs/configuration.md is checked against this list by a test. */
export const environmentSchema = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  /** `all` serves the API and works the queue in one process; `api` and `worker` split them. @default all */
  LIKENESS_ROLE: z.enum(['all', 'api', 'worker']).default('all'),
  /** Address to listen on. @default 127.0.0.1 */
  LIKENESS_HOST: text.default('127.0.0.1'),
  /** 0 picks a free one. @default 4000 */
  LIKENESS_PORT: wholeNumber(0, 65_535).default(4000),
  /** Where clients reach this server, for signed addresses. @default http://<host>:<port>, or on every address that of the client */
  LIKENESS_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Proxies, comma-separated CIDRs, whose `X-Forwarded-For` names the client. @default none: nobody else's is believed */
  LIKENESS_TRUSTED_PROXIES: listOf(
    (part) => cidr.safeParse(part).success,
    'must hold ranges like 10.1.0.0/16 or fd12::/64',
  ).default([]),
  /** Origins, comma-separated, that browsers may call from. @default none */
  LIKENESS_CORS_ORIGINS: listOf(
    isOrigin,
    'must hold origins as browsers send them, like https://app.example.com or http://localhost:3000',
  ).default([]),
  /** Folder of everything embedded: database, images, index snapshots, secrets. @default .likeness */
  LIKENESS_DATA_DIR: text.default('.likeness'),
  /** Folder of images, shared by all processes when the roles are split. @default <data dir>/images */
  LIKENESS_IMAGES_DIR: text.optional(),
  /** Owner of the database: runs migrations, makes the roles. Unset: an embedded PostgreSQL. */
  DATABASE_URL: postgresUrl.optional(),
  /** Login with the rights of likeness_app. @default DATABASE_URL's server, with a password of ours */
  DATABASE_APP_URL: postgresUrl.optional(),
  /** Login with the rights of likeness_system. @default DATABASE_URL's server, with a password of ours */
  DATABASE_SYSTEM_URL: postgresUrl.optional(),
  /** Queue and events on Redis (noeviction). Unset: on PostgreSQL. */
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')
    .optional(),
  /** host:port of Milvus. Unset: USearch in this process. */
  MILVUS_ADDRESS: z
    .string()
    .regex(/^[^\s/:]+:\d+$/, 'must be host:port')
    .optional(),
  /** `user:password` or an API token. */
  MILVUS_TOKEN: text.optional(),
  /**
   * Packs to serve, comma-separated, as `name` (its newest version) or `name@version`; the first is the default of a new
   * collection. Packs that collections already use are served too. @default bundled
   */
  LIKENESS_PACKS: list.default(['bundled']),
  /** Folder of model files that are looked for by name instead of being fetched. @default none */
  LIKENESS_MODELS_DIR: text.optional(),
  /** Inference threads. @default the number of cores */
  LIKENESS_INFERENCE_THREADS: wholeNumber(1, 256).optional(),
  /** Megapixels of images above 4 megapixels that inference threads hold at once; a larger image goes alone. @default 64 */
  LIKENESS_MAX_MEGAPIXELS_IN_FLIGHT: wholeNumber(1, 65_536).default(64),
  /** How long a search, a comparison or a detection waits for its analysis. @default 15000 */
  LIKENESS_ANALYSIS_TIMEOUT_MS: wholeNumber(100, 300_000).default(15_000),
  /** Private ranges that `url` images may come from, comma-separated CIDRs. @default none */
  LIKENESS_URL_ALLOW_CIDRS: listOf(
    (part) => cidr.safeParse(part).success,
    'must hold ranges like 10.1.0.0/16 or fd12::/64',
  ).default([]),
  /** How long a signed address of an image or an upload works. @default 3600 */
  LIKENESS_ADDRESS_TTL_SECONDS: wholeNumber(10, 604_800).default(3_600),
  /** Days that ended jobs are kept with their items. @default 90 */
  LIKENESS_KEEP_JOBS_DAYS: wholeNumber(1, 3_650).default(90),
  /** Days that events are kept: an older cursor is CURSOR_EXPIRED. @default 30 */
  LIKENESS_KEEP_EVENTS_DAYS: wholeNumber(1, 3_650).default(30),
  /** Days that the index's log is kept for a snapshot that is put back. @default 7 */
  LIKENESS_KEEP_INDEX_LOG_DAYS: wholeNumber(0, 3_650).default(7),
  /** MB to keep free on the disks of the database, the index and the images; 0: not watched. @default 2048 */
  LIKENESS_DISK_RESERVE_MB: wholeNumber(0, 1_048_576).default(2_048),
  /** Bearer token of whoever may read `/metrics`. Unset: programs of this machine may, where only they reach the API. */
  LIKENESS_METRICS_TOKEN: secret.optional(),
  LIKENESS_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** The key that manages tenants. @default made at first start and printed once */
  LIKENESS_OPERATOR_KEY: z
    .string()
    .regex(/^lk_operator_[0-9A-Za-z_]{32,}$/, 'must be lk_operator_ and at least 32 letters or digits')
    .optional(),
  /** Pepper of the stored API key hashes. @default made at first start */
  LIKENESS_KEY_PEPPER: secret.optional(),
  /** Signs addresses and cursors. @default made at first start */
  LIKENESS_SIGNING_KEY: secret.optional(),
  /** Password of likeness_app when its URL is derived. @default made at first start */
  LIKENESS_DB_APP_PASSWORD: secret.optional(),
  /** Password of likeness_system when its URL is derived. @default made at first start */
  LIKENESS_DB_SYSTEM_PASSWORD: secret.optional(),
});

type Environment = z.output<typeof environmentSchema>;

/** Secrets given by the environment; what is missing is made at first start and kept in the data folder. */
export interface SecretOverrides {
  readonly operatorKey?: string;
  readonly keyPepper?: string;
  readonly signingKey?: string;
  readonly dbAppPassword?: string;
  readonly dbSystemPassword?: string;
}

export interface Config {
  readonly environment: 'development' | 'production' | 'test';
  readonly role: 'all' | 'api' | 'worker';
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | undefined;
  readonly trustedProxies: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly dataDir: string;
  readonly imagesDir: string;
  /** undefined: embedded. */
  readonly database: { readonly ownerUrl: string; readonly appUrl?: string; readonly systemUrl?: string } | undefined;
  readonly redisUrl: string | undefined;
  readonly milvus: { readonly address: string; readonly token?: string } | undefined;
  readonly packs: readonly string[];
  readonly modelsDir: string | undefined;
  readonly inferenceThreads: number;
  readonly maxPixelsInFlight: number;
  readonly analysisTimeoutMs: number;
  readonly urlAllowCidrs: readonly string[];
  readonly addressTtlMs: number;
  /** How long what is over is kept. */
  readonly keptFor: { readonly jobsMs: number; readonly eventsMs: number; readonly vectorOpsMs: number };
  /** 0: the disks are not watched. */
  readonly diskReserveBytes: number;
  readonly metricsToken: string | undefined;
  readonly logLevel: Environment['LIKENESS_LOG_LEVEL'];
  readonly secrets: SecretOverrides;
  /** Whether there is a secret that is not given, and it may be made and kept in the data folder. */
  readonly mayMakeSecrets: boolean;
}

/** Names every bad setting at once. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(
      ['Likeness cannot start with these settings:', ...problems.map((one) => `  ${one.setting} ${one.rule}`)].join(
        '\n',
      ),
    );
    this.name = 'ConfigError';
  }
}

/** In the folder that Likeness is started in, which `npm start` makes that of the project. */
const SETTINGS_FILE = '.env';

/**
 * The only reader of the environment, and of `.env` for what the environment leaves out. Tests (`NODE_ENV=test`) must not
 * depend on somebody's file.
 *
 * @throws ConfigError naming every setting that is wrong, and every combination that cannot work.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const file: SettingsFile =
    env.NODE_ENV === 'test' ? { values: {}, problems: [] } : readSettingsFile(SETTINGS_FILE, env);
  const given = { ...filled(file.values), ...filled(env) };
  const parsed = environmentSchema.safeParse(given);
  const problems: Problem[] = parsed.success
    ? []
    : parsed.error.issues.map((issue) => ({ setting: issue.path.join('.'), rule: sentenceOf(issue) }));
  const named = new Set(problems.map((problem) => problem.setting));
  problems.push(...unknownSettings(given), ...misspeltSettings(file.values));
  // A setting that is wrong by itself does not hide what is wrong with the others together.
  const rest = environmentSchema.safeParse(
    Object.fromEntries(Object.entries(given).filter(([name]) => !named.has(name))),
  );
  if (rest.success) problems.push(...impossibleCombinations(rest.data).filter(({ setting }) => !named.has(setting)));
  const isFromFile = (setting: string): boolean => setting in file.values && !env[setting];
  const placed = [
    ...file.problems.map(({ setting, rule }) => ({ setting: `${setting} of ${SETTINGS_FILE}`, rule })),
    ...problems.map(({ setting, rule }) => ({
      setting: isFromFile(setting) ? `${setting} of ${SETTINGS_FILE}` : setting,
      rule,
    })),
  ];
  if (!parsed.success || placed.length > 0) throw new ConfigError(placed);
  return toConfig(parsed.data);
}

function filled(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  return /^must/.test(issue.message) ? issue.message : `is not valid: ${issue.message}`;
}

/** What a shell that calls the API may carry, as the examples of docs/quickstart.md do. */
const CLIENT_VARIABLES = new Set(['LIKENESS_URL', 'LIKENESS_KEY']);

const SETTINGS: ReadonlySet<string> = new Set(Object.keys(environmentSchema.shape));

/** A misspelt setting would silently leave its default in force. */
function unknownSettings(given: Readonly<Record<string, string>>): Problem[] {
  return Object.keys(given)
    .filter((name) => name.startsWith('LIKENESS_') && !SETTINGS.has(name))
    .filter((name) => !name.startsWith('LIKENESS_TEST_') && !CLIENT_VARIABLES.has(name))
    .map((setting) => ({ setting, rule: unknownRule(setting) }));
}

/** The file may hold what others read, docker compose above all: only what is nearly a setting of ours counts as one. */
function misspeltSettings(inFile: Readonly<Record<string, string>>): Problem[] {
  return Object.keys(inFile)
    .filter((name) => !name.startsWith('LIKENESS_') && !SETTINGS.has(name) && similarName(name, SETTINGS))
    .map((setting) => ({ setting, rule: unknownRule(setting) }));
}

function unknownRule(name: string): string {
  const meant = similarName(name, SETTINGS);
  return `is not a setting of Likeness${meant ? `. Did you mean ${meant}?` : ' (misspelt?)'}`;
}

function impossibleCombinations(env: Environment): Problem[] {
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
  if (split && !env.LIKENESS_IMAGES_DIR) {
    problems.push({
      setting: 'LIKENESS_IMAGES_DIR',
      rule: `must name a folder that all processes share for LIKENESS_ROLE=${env.LIKENESS_ROLE}`,
    });
  }
  for (const [setting, value] of Object.entries(neededSecrets(env))) {
    if (!value && mustGiveSecrets(env)) {
      problems.push({ setting, rule: 'must be set: secrets are only made by themselves beside embedded data' });
    }
  }
  if (Boolean(env.DATABASE_APP_URL) !== Boolean(env.DATABASE_SYSTEM_URL)) {
    problems.push({
      setting: env.DATABASE_APP_URL ? 'DATABASE_SYSTEM_URL' : 'DATABASE_APP_URL',
      rule: 'must be set too: the two are given together or not at all',
    });
  }
  if (env.LIKENESS_PACKS.length === 0)
    problems.push({ setting: 'LIKENESS_PACKS', rule: 'must name at least one pack' });
  return problems;
}

/** With a database of one's own and every secret given there is nothing to make, and nobody's folder is touched for it. */
function hasSecretsToMake(env: Environment): boolean {
  return !env.DATABASE_URL || Object.values(neededSecrets(env)).some((value) => !value);
}

/** Several machines must agree on every secret, and production without embedded data must not depend on a local file. */
function mustGiveSecrets(env: Environment): boolean {
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

function toConfig(env: Environment): Config {
  const dataDir = path.resolve(env.LIKENESS_DATA_DIR);
  return {
    environment: env.NODE_ENV,
    role: env.LIKENESS_ROLE,
    host: env.LIKENESS_HOST,
    port: env.LIKENESS_PORT,
    publicUrl: env.LIKENESS_PUBLIC_URL?.replace(/\/+$/, ''),
    trustedProxies: env.LIKENESS_TRUSTED_PROXIES,
    corsOrigins: env.LIKENESS_CORS_ORIGINS,
    dataDir,
    imagesDir: env.LIKENESS_IMAGES_DIR ? path.resolve(env.LIKENESS_IMAGES_DIR) : path.join(dataDir, 'images'),
    database: env.DATABASE_URL
      ? {
          ownerUrl: env.DATABASE_URL,
          ...(env.DATABASE_APP_URL ? { appUrl: env.DATABASE_APP_URL } : {}),
          ...(env.DATABASE_SYSTEM_URL ? { systemUrl: env.DATABASE_SYSTEM_URL } : {}),
        }
      : undefined,
    redisUrl: env.REDIS_URL,
    milvus: env.MILVUS_ADDRESS
      ? { address: env.MILVUS_ADDRESS, ...(env.MILVUS_TOKEN ? { token: env.MILVUS_TOKEN } : {}) }
      : undefined,
    packs: env.LIKENESS_PACKS,
    modelsDir: env.LIKENESS_MODELS_DIR ? path.resolve(env.LIKENESS_MODELS_DIR) : undefined,
    inferenceThreads: env.LIKENESS_INFERENCE_THREADS ?? availableParallelism(),
    maxPixelsInFlight: env.LIKENESS_MAX_MEGAPIXELS_IN_FLIGHT * 1_000_000,
    analysisTimeoutMs: env.LIKENESS_ANALYSIS_TIMEOUT_MS,
    urlAllowCidrs: env.LIKENESS_URL_ALLOW_CIDRS,
    addressTtlMs: env.LIKENESS_ADDRESS_TTL_SECONDS * 1_000,
    keptFor: {
      jobsMs: env.LIKENESS_KEEP_JOBS_DAYS * DAY,
      eventsMs: env.LIKENESS_KEEP_EVENTS_DAYS * DAY,
      vectorOpsMs: env.LIKENESS_KEEP_INDEX_LOG_DAYS * DAY,
    },
    diskReserveBytes: env.LIKENESS_DISK_RESERVE_MB * MEGABYTE,
    metricsToken: env.LIKENESS_METRICS_TOKEN,
    logLevel: env.LIKENESS_LOG_LEVEL,
    secrets: {
      ...(env.LIKENESS_OPERATOR_KEY ? { operatorKey: env.LIKENESS_OPERATOR_KEY } : {}),
      ...(env.LIKENESS_KEY_PEPPER ? { keyPepper: env.LIKENESS_KEY_PEPPER } : {}),
      ...(env.LIKENESS_SIGNING_KEY ? { signingKey: env.LIKENESS_SIGNING_KEY } : {}),
      ...(env.LIKENESS_DB_APP_PASSWORD ? { dbAppPassword: env.LIKENESS_DB_APP_PASSWORD } : {}),
      ...(env.LIKENESS_DB_SYSTEM_PASSWORD ? { dbSystemPassword: env.LIKENESS_DB_SYSTEM_PASSWORD } : {}),
    },
    mayMakeSecrets: !mustGiveSecrets(env) && hasSecretsToMake(env),
  };
}
