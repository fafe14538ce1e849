import { availableParallelism } from 'node:os';
import path from 'node:path';
import { environmentSchema, type Environment } from './config/environment';
import {
  hasSecretsToMake,
  impossibleCombinations,
  misspeltSettings,
  mustGiveSecrets,
  sentenceOf,
  unknownSettings,
} from './config/problems';
import { s3Of, type S3Settings } from './config/s3-settings';
import { readSecretFiles } from './config/secret-files';
import { readSettingsFile, type Problem, type SettingsFile } from './config/settings-file';
import { DEFAULT_LIMITS, type TenantLimits } from './domain/tenant';
import { DAY, HOUR, MEGABYTE } from './domain/units';

/** Secrets given by the environment; what is missing is made at first start and kept in the data folder. */
export interface SecretOverrides {
  readonly operatorKey?: string;
  readonly keyPepper?: string;
  readonly signingKey?: string;
  readonly auditKey?: string;
  readonly dbAppPassword?: string;
  readonly dbSystemPassword?: string;
}

export interface Config {
  readonly environment: 'development' | 'production' | 'test';
  readonly role: 'all' | 'api' | 'worker';
  readonly host: string;
  readonly port: number;
  /** undefined: a worker answers nobody. */
  readonly workerPort: number | undefined;
  readonly publicUrl: string | undefined;
  readonly trustedProxies: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly dataDir: string;
  readonly imagesDir: string;
  /** undefined: images are files. */
  readonly s3: S3Settings | undefined;
  /** File of ids that were erased. */
  readonly erasureLedger: string;
  /** Folder for a checkpoint of each tenant's audit a day. undefined: there are none. */
  readonly checkpointFolder: string | undefined;
  /** undefined: embedded. */
  readonly database:
    | {
        readonly ownerUrl: string;
        readonly appUrl?: string;
        readonly systemUrl?: string;
        /** host:port before the server, in transaction mode. */
        readonly pooler?: string;
      }
    | undefined;
  readonly redisUrl: string | undefined;
  readonly milvus: { readonly address: string; readonly token?: string } | undefined;
  readonly packs: readonly string[];
  readonly classifiers: readonly string[];
  readonly modelsDir: string | undefined;
  readonly inferenceThreads: number;
  readonly maxPixelsInFlight: number;
  readonly analysisTimeoutMs: number;
  readonly urlAllowCidrs: readonly string[];
  readonly addressTtlMs: number;
  /** How long what is over is kept. */
  readonly keptFor: {
    readonly jobsMs: number;
    readonly eventsMs: number;
    readonly vectorOpsMs: number;
    readonly usageMs: number;
    /** undefined: for ever. */
    readonly auditMs: number | undefined;
    readonly oldVectorsMs: number;
  };
  /** Between two rounds that hold the index against Postgres. undefined: there are none. */
  readonly reconcileEveryMs: number | undefined;
  /** Of tenants of which nothing else is said. */
  readonly defaultLimits: TenantLimits;
  /** 0: the disks are not watched. */
  readonly diskReserveBytes: number;
  readonly metricsToken: string | undefined;
  readonly logLevel: Environment['LIKENESS_LOG_LEVEL'];
  readonly secrets: SecretOverrides;
  /** Given secrets that were replaced and are still honoured, the newest first. */
  readonly oldSecrets: { readonly signingKeys: readonly string[]; readonly keyPeppers: readonly string[] };
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
  const secretFiles = readSecretFiles({ ...filled(file.values), ...filled(env) });
  const given = secretFiles.values;
  const parsed = environmentSchema.safeParse(given);
  const problems: Problem[] = parsed.success
    ? []
    : parsed.error.issues.map((issue) => ({ setting: issue.path.join('.'), rule: sentenceOf(issue) }));
  const named = new Set(problems.map((problem) => problem.setting));
  problems.push(...secretFiles.problems, ...unknownSettings(given), ...misspeltSettings(file.values));
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

function toConfig(env: Environment): Config {
  const dataDir = path.resolve(env.LIKENESS_DATA_DIR);
  return {
    environment: env.NODE_ENV,
    role: env.LIKENESS_ROLE,
    host: env.LIKENESS_HOST,
    port: env.LIKENESS_PORT,
    workerPort: env.LIKENESS_WORKER_PORT,
    publicUrl: env.LIKENESS_PUBLIC_URL?.replace(/\/+$/, ''),
    trustedProxies: env.LIKENESS_TRUSTED_PROXIES,
    corsOrigins: env.LIKENESS_CORS_ORIGINS,
    dataDir,
    imagesDir: env.LIKENESS_IMAGES_DIR ? path.resolve(env.LIKENESS_IMAGES_DIR) : path.join(dataDir, 'images'),
    s3: s3Of(env),
    checkpointFolder:
      env.LIKENESS_AUDIT_CHECKPOINTS === undefined ? undefined : path.resolve(env.LIKENESS_AUDIT_CHECKPOINTS),
    erasureLedger: path.resolve(env.LIKENESS_ERASURE_LEDGER ?? path.join(dataDir, 'erasures.jsonl')),
    database: env.DATABASE_URL
      ? {
          ownerUrl: env.DATABASE_URL,
          ...(env.DATABASE_APP_URL ? { appUrl: env.DATABASE_APP_URL } : {}),
          ...(env.DATABASE_POOLER ? { pooler: env.DATABASE_POOLER } : {}),
          ...(env.DATABASE_SYSTEM_URL ? { systemUrl: env.DATABASE_SYSTEM_URL } : {}),
        }
      : undefined,
    redisUrl: env.REDIS_URL,
    milvus: env.MILVUS_ADDRESS
      ? { address: env.MILVUS_ADDRESS, ...(env.MILVUS_TOKEN ? { token: env.MILVUS_TOKEN } : {}) }
      : undefined,
    packs: env.LIKENESS_PACKS,
    classifiers: env.LIKENESS_CLASSIFIERS,
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
      usageMs: env.LIKENESS_KEEP_USAGE_DAYS * DAY,
      auditMs: env.LIKENESS_KEEP_AUDIT_DAYS === undefined ? undefined : env.LIKENESS_KEEP_AUDIT_DAYS * DAY,
      oldVectorsMs: env.LIKENESS_KEEP_OLD_VECTORS_DAYS * DAY,
    },
    reconcileEveryMs: env.LIKENESS_RECONCILE_HOURS > 0 ? env.LIKENESS_RECONCILE_HOURS * HOUR : undefined,
    defaultLimits: {
      ...DEFAULT_LIMITS,
      maxSearchesHourly: env.LIKENESS_SEARCHES_HOURLY || null,
      maxFacesAnalyzedHourly: env.LIKENESS_FACES_HOURLY || null,
      maxUploadsHourly: env.LIKENESS_UPLOADS_HOURLY || null,
      maxUploadMegabytesHourly: env.LIKENESS_UPLOAD_MB_HOURLY || null,
      maxKeySharePercent: env.LIKENESS_KEY_SHARE_PERCENT,
    },
    diskReserveBytes: env.LIKENESS_DISK_RESERVE_MB * MEGABYTE,
    metricsToken: env.LIKENESS_METRICS_TOKEN,
    logLevel: env.LIKENESS_LOG_LEVEL,
    secrets: {
      ...(env.LIKENESS_OPERATOR_KEY ? { operatorKey: env.LIKENESS_OPERATOR_KEY } : {}),
      ...(env.LIKENESS_KEY_PEPPER ? { keyPepper: env.LIKENESS_KEY_PEPPER } : {}),
      ...(env.LIKENESS_SIGNING_KEY ? { signingKey: env.LIKENESS_SIGNING_KEY } : {}),
      ...(env.LIKENESS_AUDIT_KEY ? { auditKey: env.LIKENESS_AUDIT_KEY } : {}),
      ...(env.LIKENESS_DB_APP_PASSWORD ? { dbAppPassword: env.LIKENESS_DB_APP_PASSWORD } : {}),
      ...(env.LIKENESS_DB_SYSTEM_PASSWORD ? { dbSystemPassword: env.LIKENESS_DB_SYSTEM_PASSWORD } : {}),
    },
    oldSecrets: { signingKeys: env.LIKENESS_OLD_SIGNING_KEYS, keyPeppers: env.LIKENESS_OLD_KEY_PEPPERS },
    mayMakeSecrets: !mustGiveSecrets(env) && hasSecretsToMake(env),
  };
}
