import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../src/config';
import { environmentSchema } from '../../src/config/environment';
import { imageEnvironment } from '../fixtures/image-root';
import { suiteWhere } from '../fixtures/needs';
import { hasYaml, readYaml } from '../fixtures/yaml';

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly networks: readonly string[];
  readonly secrets?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const ROOT = path.join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
/** With the defaults of its variables, as where no .env sets them. */
function readCompose(): Compose {
  const [written] = readYaml<Compose>(read('docker-compose.yml'));
  return JSON.parse(JSON.stringify(written).replace(/\$\{\w+:-([^}]*)\}/g, '$1')) as Compose;
}

suiteWhere(hasYaml('docker-compose.yml'))('docker-compose.yml', () => {
  const compose = readCompose();
  const services = Object.entries(compose.services);
  const ours = services.filter(([, { build }]) => build !== undefined);
  const folder = mkdtempSync(path.join(tmpdir(), 'likeness-compose-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('publishes nothing but the API and the dashboards, and these to this host alone', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`));
    expect(published).toEqual(['api 127.0.0.1:4000:4000', 'grafana 127.0.0.1:3000:3000']);
    expect(compose.networks.private).toEqual({ internal: true });
    const reached = services.filter(([, { networks }]) => networks.includes('outside')).map(([name]) => name);
    expect(reached).toEqual(['api', 'worker', 'grafana']);
  });

  test('names every image by its version, and asks each how it is', () => {
    for (const [, { image }] of services) expect(image).toMatch(/^[\w./-]+:v?\d+\.\d+(\.\d+)?(-\w+)?$/);
    const asked = services.filter(([, { healthcheck }]) => healthcheck?.test !== undefined).map(([name]) => name);
    expect(asked).toEqual(['postgres', 'redis', 'milvus', 'prometheus', 'grafana']);
    // The others are asked as their image says.
    expect(read('Dockerfile')).toContain('CMD ["likeness", "health"]');
  });

  test('runs Likeness without rights, on a root that is read-only, in production', () => {
    expect(ours.map(([name]) => name)).toEqual(['migrate', 'api', 'worker']);
    for (const [, service] of ours) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], environment: { NODE_ENV: 'production' } });
    }
  });

  test('holds no secret, and is whole with what deploy/secrets.sh makes', () => {
    execFileSync(path.join(ROOT, 'deploy', 'secrets.sh'), [folder]);
    const named = Object.values(compose.secrets).map(({ file }) => path.basename(file));
    expect(readdirSync(folder).sort()).toEqual(named.sort());
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const [role, { environment, secrets = [] }] of ours) {
      const files = Object.values(environment).filter((value) => value.startsWith('/run/secrets/'));
      expect(files.map((file) => path.basename(file)).sort()).toEqual([...secrets].sort());
      const settings = Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [name, value.replace('/run/secrets', folder)]),
      );
      const LIKENESS_ROLE = role === 'migrate' ? 'all' : role;
      const config = loadConfig({ ...imageEnvironment(), ...settings, LIKENESS_ROLE });
      expect(config).toMatchObject({ environment: 'production', mayMakeSecrets: false, host: '0.0.0.0' });
      expect(config.database?.ownerUrl).toContain(readFileSync(path.join(folder, 'postgres-password'), 'utf8').trim());
    }
  });

  test('a secret that is there is kept', () => {
    const file = path.join(folder, 'key-pepper');
    const before = readFileSync(file, 'utf8');
    rmSync(path.join(folder, 'signing-key'));
    execFileSync(path.join(ROOT, 'deploy', 'secrets.sh'), [folder]);
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readFileSync(path.join(folder, 'signing-key'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  test('gives Likeness every setting that .env may hold', () => {
    const given = new Set(Object.keys(compose.services.api!.environment).map((name) => name.replace(/_FILE$/, '')));
    const inImage = Object.keys(imageEnvironment());
    const left = Object.keys(environmentSchema.shape).filter((name) => !given.has(name) && !inImage.includes(name));
    // The role is the command's; the others are another way to say what is given.
    expect(left).toEqual(['LIKENESS_ROLE', 'DATABASE_APP_URL', 'DATABASE_SYSTEM_URL', 'LIKENESS_MODELS_DIR']);
  });
});
