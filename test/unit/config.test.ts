import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigError, loadConfig } from '../../src/config';

function refusalOf(env: Record<string, string>): string | undefined {
  try {
    loadConfig(env);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

test.each([
  'https://app.example.com',
  'http://localhost:3000',
  'http://[::1]:8080',
  'https://xn--bcher-kva.example',
  'chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb',
])('%s is an origin', (origin) => {
  expect(loadConfig({ LIKENESS_CORS_ORIGINS: origin }).corsOrigins).toEqual([origin]);
});

test.each([
  '*',
  'null',
  'app.example.com',
  'https://app.example.com/',
  'https://app.example.com/admin',
  'https://app.example.com:443',
  'https://App.example.com',
  'https://user@app.example.com',
  'file://',
])('%s is no origin that a browser sends', (origin) => {
  expect(refusalOf({ LIKENESS_CORS_ORIGINS: `https://a.example,${origin}` })).toMatch(
    /^ {2}LIKENESS_CORS_ORIGINS must .+, not \S+$/m,
  );
});

test.each(['10.1.0.0/16', '127.0.0.0/8', 'fd12::/64', '::ffff:10.0.0.0/104'])('%s is a range', (range) => {
  expect(loadConfig({ LIKENESS_URL_ALLOW_CIDRS: range }).urlAllowCidrs).toEqual([range]);
});

test.each(['10.0.0.1', '10/8', '10.0.0.0/33', 'fd12::/129', 'intranet'])('%s is no range', (range) => {
  expect(refusalOf({ LIKENESS_URL_ALLOW_CIDRS: `10.0.0.0/8,${range}` })).toContain(`, not ${range}`);
});

describe('S3', () => {
  const bucket = { LIKENESS_S3_BUCKET: 'photos' };
  const keys = { LIKENESS_S3_ACCESS_KEY_ID: 'id', LIKENESS_S3_SECRET_ACCESS_KEY: 'secret' };

  test('images are files unless a bucket is named', () => {
    expect(loadConfig({}).s3).toBeUndefined();
    expect(loadConfig(bucket).s3).toMatchObject({ bucket: 'photos', region: 'us-east-1', credentials: undefined });
    expect(
      loadConfig({ ...bucket, ...keys, LIKENESS_S3_PATH_STYLE: 'false', LIKENESS_S3_ENCRYPTION: 'aws:kms' }).s3,
    ).toMatchObject({
      pathStyle: false,
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
      encryption: { algorithm: 'aws:kms' },
    });
  });

  test.each([
    ['LIKENESS_S3_BUCKET must be set where', { LIKENESS_S3_ENDPOINT: 'https://s3.example.com' }],
    ['LIKENESS_S3_BUCKET must be the name', { LIKENESS_S3_BUCKET: 'My Photos' }],
    ['LIKENESS_S3_SECRET_ACCESS_KEY must be set too', { ...bucket, LIKENESS_S3_ACCESS_KEY_ID: 'id' }],
    ['LIKENESS_S3_ACCESS_KEY_ID must be set too', { ...bucket, LIKENESS_S3_SECRET_ACCESS_KEY: 'secret' }],
    ['LIKENESS_S3_ENCRYPTION must be aws:kms', { ...bucket, LIKENESS_S3_KMS_KEY_ID: 'key' }],
    ['LIKENESS_S3_PREFIX must be', { ...bucket, LIKENESS_S3_PREFIX: 'likeness/' }],
    ['LIKENESS_S3_PATH_STYLE must be one of true, false', { ...bucket, LIKENESS_S3_PATH_STYLE: 'yes' }],
  ])('%s', (told, env) => {
    expect(refusalOf(env)).toContain(told);
  });

  test('split roles share a bucket instead of a folder', () => {
    expect(refusalOf({ LIKENESS_ROLE: 'worker' })).toContain('LIKENESS_IMAGES_DIR');
    expect(refusalOf({ LIKENESS_ROLE: 'worker', ...bucket })).not.toContain('LIKENESS_IMAGES_DIR');
  });
});

describe('.env', () => {
  const here = process.cwd();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'likeness-env-'));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(here);
    rmSync(folder, { recursive: true });
  });
  const write = (text: string): void => writeFileSync('.env', text);

  test('is read, and the environment goes before it', () => {
    write(
      '\uFEFF# ours\r\nexport LIKENESS_PORT = 5000 # web\r\nLIKENESS_HOST="0.0.0.0"\nLIKENESS_PACKS=a # b\nNODE_ENV=\n',
    );
    expect(loadConfig({ LIKENESS_PACKS: 'bundled-fast' })).toMatchObject({
      port: 5000,
      host: '0.0.0.0',
      packs: ['bundled-fast'],
      environment: 'development',
    });
  });

  test('is not read by tests', () => {
    write('LIKENESS_PORT=5000\n');
    expect(loadConfig({ NODE_ENV: 'test' }).port).toBe(4000);
  });

  test('is told of as the place of what is wrong', () => {
    write('LIKENESS_PORT=eighty\nLIKENESS_HOTS=::1\nDATABASE_ULR=postgresql://x\nredis-url\nCOMPOSE_PROFILES=x\n');
    expect(refusalOf({ LIKENESS_LOG_LEVEL: 'loud' })?.split('\n').slice(1)).toEqual([
      '  Line 4 of .env must be NAME=value',
      '  LIKENESS_PORT of .env must be a whole number from 0 to 65535',
      expect.stringMatching(/^ {2}LIKENESS_LOG_LEVEL must be one of /),
      '  LIKENESS_HOTS of .env is not a setting of Likeness. Did you mean LIKENESS_HOST?',
      '  DATABASE_ULR of .env is not a setting of Likeness. Did you mean DATABASE_URL?',
    ]);
  });

  test('as the example is whole, with every line in force and the secrets filled in', () => {
    const example = readFileSync(path.join(here, '.env.example'), 'utf8');
    write(example);
    expect(loadConfig({})).toMatchObject({ environment: 'production', mayMakeSecrets: true });
    const secret = '0123456789abcdef'.repeat(3);
    const inForce = example.replace(/^#([A-Z][A-Z_]+=)/gm, '$1');
    const filled = inForce.replace(/^(LIKENESS_\w+_(?:KEY|PEPPER|PASSWORD|TOKEN))=$/gm, (_line, name: string) =>
      name === 'LIKENESS_OPERATOR_KEY' ? `${name}=lk_operator_${secret}` : `${name}=${secret}`,
    );
    write(filled);
    expect(loadConfig({})).toMatchObject({
      environment: 'production',
      database: { ownerUrl: 'postgresql://likeness_owner:PASSWORD@127.0.0.1:5432/likeness' },
      milvus: { token: 'root:PASSWORD' },
      metricsToken: secret,
      mayMakeSecrets: false,
    });
    write(inForce);
    expect(refusalOf({})).toContain('  LIKENESS_KEY_PEPPER of .env must be set');
  });

  test('lines may be made of those before them', () => {
    write('PASSWORD=secret\nDATABASE_URL=postgresql://owner:${PASSWORD}@127.0.0.1:5432/likeness\n');
    expect(loadConfig({}).database).toEqual({ ownerUrl: 'postgresql://owner:secret@127.0.0.1:5432/likeness' });
    write('DATABASE_URL=postgresql://owner:${PASSWORD}@127.0.0.1:5432/likeness\n');
    expect(refusalOf({})).toContain('  DATABASE_URL of .env is made of PASSWORD, which has no value before it');
  });
});

describe('secrets', () => {
  const [one, other] = ['1'.repeat(32), '2'.repeat(32)];
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'likeness-secrets-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const inFile = (text: string): string => {
    const file = path.join(folder, 'secret');
    writeFileSync(file, text);
    return file;
  };

  test('may lie in files of their own', () => {
    const config = loadConfig({ NODE_ENV: 'test', LIKENESS_SIGNING_KEY_FILE: inFile(`${one}\n`) });
    expect(config.secrets.signingKey).toBe(one);
  });

  test('that are part of an address or a token may, too', () => {
    const env = { NODE_ENV: 'test', MILVUS_ADDRESS: '127.0.0.1:19530' };
    expect(loadConfig({ ...env, MILVUS_TOKEN_FILE: inFile('root:secret\n') }).milvus?.token).toBe('root:secret');
    expect(loadConfig({ ...env, REDIS_URL_FILE: inFile('redis://:secret@redis:6379\n') }).redisUrl).toBe(
      'redis://:secret@redis:6379',
    );
  });

  test.each([
    ['given twice', { LIKENESS_SIGNING_KEY: one }, one, /LIKENESS_SIGNING_KEY_FILE must be left out/],
    ['empty', {}, ' \n', /LIKENESS_SIGNING_KEY_FILE must name a file that is not empty/],
    ['too short', {}, 'short', /LIKENESS_SIGNING_KEY must have at least 32 characters/],
  ])('in a file are refused when they are %s, and not told', (_what, env, text, sentence) => {
    const refusal = refusalOf({ NODE_ENV: 'test', ...env, LIKENESS_SIGNING_KEY_FILE: inFile(text) });
    expect(refusal).toMatch(sentence);
    expect(refusal).not.toContain(one);
  });

  test('a file that is not there is named, and other settings have none', () => {
    const missing = path.join(folder, 'missing');
    const refusal = refusalOf({ NODE_ENV: 'test', LIKENESS_KEY_PEPPER_FILE: missing, LIKENESS_PORT_FILE: missing });
    expect(refusal).toMatch(/LIKENESS_KEY_PEPPER_FILE must name a file that can be read, not .*missing \(ENOENT\)/);
    expect(refusal).toContain('LIKENESS_PORT_FILE is not a setting of Likeness');
  });

  test('older ones are honoured beside the newest, and the audit keeps its own', () => {
    const env = {
      NODE_ENV: 'test',
      LIKENESS_SIGNING_KEY: one,
      LIKENESS_OLD_SIGNING_KEYS: `${other}, ${'3'.repeat(32)}`,
    };
    expect(refusalOf(env)).toMatch(/LIKENESS_AUDIT_KEY must be set .* the oldest signing key/);
    const { oldSecrets } = loadConfig({ ...env, LIKENESS_AUDIT_KEY: '3'.repeat(32) });
    expect(oldSecrets).toEqual({ signingKeys: [other, '3'.repeat(32)], keyPeppers: [] });
    expect(refusalOf({ NODE_ENV: 'test', LIKENESS_OLD_KEY_PEPPERS: one })).toMatch(/LIKENESS_KEY_PEPPER must be set/);
    const short = refusalOf({ NODE_ENV: 'test', LIKENESS_KEY_PEPPER: one, LIKENESS_OLD_KEY_PEPPERS: 'secretive' });
    expect(short).toMatch(/LIKENESS_OLD_KEY_PEPPERS must hold secrets of at least 32 characters/);
    expect(short).not.toContain('secretive');
  });
});
