import { z } from 'zod';
import { DEFAULT_LIMITS } from '../domain/tenant';

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
/** A secret that is refused is not told. */
const oldSecrets = list
  .refine((parts) => parts.every((part) => part.length >= 32), 'must hold secrets of at least 32 characters each')
  .default([]);
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
  /** Where a worker answers `/livez`, `/readyz` and `/metrics`, on LIKENESS_HOST; 0 picks a free one. @default nowhere */
  LIKENESS_WORKER_PORT: wholeNumber(0, 65_535).optional(),
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
  /** Images as objects of this S3 bucket. Unset: as files. */
  LIKENESS_S3_BUCKET: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      'must be the name of a bucket: 3-63 lower-case letters, digits, dots and dashes',
    )
    .optional(),
  /** Address of a store that is not Amazon's, as this server reaches it. @default Amazon's */
  LIKENESS_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  /** `direct`: clients send files to the bucket themselves, where they tell their SHA-256; `proxied`: through this server. @default direct */
  LIKENESS_S3_UPLOADS: z.enum(['direct', 'proxied']).default('direct'),
  /** Where clients reach the store. @default LIKENESS_S3_ENDPOINT */
  LIKENESS_S3_UPLOAD_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  /** @default us-east-1 */
  LIKENESS_S3_REGION: text.default('us-east-1'),
  /** What the names of objects begin with. @default nothing: the bucket is this platform's alone */
  LIKENESS_S3_PREFIX: z
    .string()
    .regex(/^[\w.-]+(\/[\w.-]+)*$/, 'must be letters, digits, dots, dashes and slashes, with no slash at either end')
    .optional(),
  /** `true`: https://host/bucket/key; `false`: https://bucket.host/key. @default true where an endpoint is given */
  LIKENESS_S3_PATH_STYLE: z.enum(['true', 'false']).optional(),
  /** Given together with the next. @default what the AWS SDK finds: AWS_ variables, its files, the machine's role */
  LIKENESS_S3_ACCESS_KEY_ID: text.optional(),
  LIKENESS_S3_SECRET_ACCESS_KEY: text.optional(),
  /** How the store encrypts what it holds. @default as the bucket says */
  LIKENESS_S3_ENCRYPTION: z.enum(['AES256', 'aws:kms']).optional(),
  /** Key of `aws:kms`. @default the bucket's own */
  LIKENESS_S3_KMS_KEY_ID: text.optional(),
  /** File of what was erased, replayed when an older copy of the data is put back. @default <data dir>/erasures.jsonl */
  LIKENESS_ERASURE_LEDGER: text.optional(),
  /** Owner of the database: runs migrations, makes the roles. Unset: an embedded PostgreSQL. */
  DATABASE_URL: postgresUrl.optional(),
  /** Login with the rights of likeness_app. @default DATABASE_URL's server, with a password of ours */
  DATABASE_APP_URL: postgresUrl.optional(),
  /** Login with the rights of likeness_system. @default DATABASE_URL's server, with a password of ours */
  DATABASE_SYSTEM_URL: postgresUrl.optional(),
  /** host:port of a pooler in transaction mode (PgBouncer) before that server: its logins go by it, what it cannot carry goes directly. @default none */
  DATABASE_POOLER: z
    .string()
    .regex(/^[^\s/:]+:\d+$/, 'must be host:port')
    .optional(),
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
  /**
   * Image classifiers to serve, comma-separated, as `name` (its newest version) or `name@version`. One that does not serve is in the
   * log, and the server starts without it. @default none
   */
  LIKENESS_CLASSIFIERS: list.default([]),
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
  /** Hours between two rounds that hold the index against PostgreSQL and mend it; 0: none. @default 24 */
  LIKENESS_RECONCILE_HOURS: wholeNumber(0, 720).default(24),
  /** Days that is kept what tenants used on a day. @default 800 */
  LIKENESS_KEEP_USAGE_DAYS: wholeNumber(1, 36_500).default(800),
  /** Days that rows of the audit are kept; unset: for ever. */
  LIKENESS_KEEP_AUDIT_DAYS: wholeNumber(1, 36_500).optional(),
  /** Days that a collection’s vectors of its earlier pack are kept after it has moved to another. @default 7 */
  LIKENESS_KEEP_OLD_VECTORS_DAYS: wholeNumber(0, 3_650).default(7),
  /** Searches that a tenant may have an hour where nothing else is said of it; 0: no limit. @default 100000 */
  LIKENESS_SEARCHES_HOURLY: wholeNumber(0, 1_000_000_000).default(DEFAULT_LIMITS.maxSearchesHourly ?? 0),
  /** The same of faces that are analysed. @default 1000000 */
  LIKENESS_FACES_HOURLY: wholeNumber(0, 1_000_000_000).default(DEFAULT_LIMITS.maxFacesAnalyzedHourly ?? 0),
  /** The same of uploads. @default 250000 */
  LIKENESS_UPLOADS_HOURLY: wholeNumber(0, 1_000_000_000).default(DEFAULT_LIMITS.maxUploadsHourly ?? 0),
  /** The same of MB that are sent to uploads. @default 1048576 */
  LIKENESS_UPLOAD_MB_HOURLY: wholeNumber(0, 1_000_000_000).default(DEFAULT_LIMITS.maxUploadMegabytesHourly ?? 0),
  /** How much of each of these one key may take, in percent. @default 50 */
  LIKENESS_KEY_SHARE_PERCENT: wholeNumber(1, 100).default(DEFAULT_LIMITS.maxKeySharePercent ?? 100),
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
  /** Older signing keys, comma-separated, that are still honoured. @default none */
  LIKENESS_OLD_SIGNING_KEYS: oldSecrets,
  /** Older peppers, comma-separated, that stored hashes may still be of. @default none */
  LIKENESS_OLD_KEY_PEPPERS: oldSecrets,
  /** What the audit's digests and checkpoints are made with; it stays when the signing key changes. @default made at first start, or the signing key */
  LIKENESS_AUDIT_KEY: secret.optional(),
  /** Folder that gets a checkpoint of each tenant's audit a day; unset: none does. */
  LIKENESS_AUDIT_CHECKPOINTS: text.optional(),
  /** Password of likeness_app when its URL is derived. @default made at first start */
  LIKENESS_DB_APP_PASSWORD: secret.optional(),
  /** Password of likeness_system when its URL is derived. @default made at first start */
  LIKENESS_DB_SYSTEM_PASSWORD: secret.optional(),
});

export type Environment = z.output<typeof environmentSchema>;

/** Each can be the content of a file instead, which the setting of its name and `_FILE` names. */
export const SECRET_SETTINGS = [
  'DATABASE_URL',
  'DATABASE_APP_URL',
  'DATABASE_SYSTEM_URL',
  'REDIS_URL',
  'MILVUS_TOKEN',
  'LIKENESS_OPERATOR_KEY',
  'LIKENESS_KEY_PEPPER',
  'LIKENESS_OLD_KEY_PEPPERS',
  'LIKENESS_SIGNING_KEY',
  'LIKENESS_OLD_SIGNING_KEYS',
  'LIKENESS_AUDIT_KEY',
  'LIKENESS_DB_APP_PASSWORD',
  'LIKENESS_DB_SYSTEM_PASSWORD',
  'LIKENESS_METRICS_TOKEN',
  'LIKENESS_S3_ACCESS_KEY_ID',
  'LIKENESS_S3_SECRET_ACCESS_KEY',
] as const;
