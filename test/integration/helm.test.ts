import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../src/config';
import { imageEnvironment } from '../fixtures/image-root';
import { suiteWhere } from '../fixtures/needs';
import { readYaml } from '../fixtures/yaml';

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly spec: {
        readonly enableServiceLinks: boolean;
        readonly containers: readonly [Container];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
    readonly triggers?: readonly { readonly metadata: { readonly query: string; readonly threshold: string } }[];
  };
}

const CHART = path.join(__dirname, '..', '..', 'deploy', 'helm', 'likeness');
const NEEDED = ['--set', 'existingSecret=likeness,milvusAddress=milvus:19530'];
/** Custom resources, whose schemas Kubernetes itself does not have. */
const CUSTOM = new Set(['ScaledObject', 'PodMonitor']);

const { LIKENESS_TEST_HELM: helm = '', LIKENESS_TEST_KUBERNETES: validate = '' } = process.env;
const run = (words: readonly string[]) => spawnSync(helm, words, { encoding: 'utf8' });
const render = (...more: string[]) => run(['template', 'faces', CHART, '--kube-version', '1.37.0', ...NEEDED, ...more]);
const resourcesOf = (...more: string[]): Resource[] => {
  const { stdout, stderr } = render(...more);
  expect(stderr).toBe('');
  return readYaml<Resource | null>(stdout).filter((one) => one !== null);
};
const ALL = [
  ...['--set', 'worker.autoscaling.enabled=true,worker.autoscaling.prometheusUrl=http://prometheus:9090'],
  ...['--set', 'ingress.enabled=true,ingress.host=faces.example.com,ingress.tlsSecret=tls,podMonitor.enabled=true'],
  ...['--set', 'settings.LIKENESS_KEEP_JOBS_DAYS=30,storage.storageClass=shared'],
];

// No package of Debian has Helm: CI renders the chart where it is installed.
suiteWhere(helm !== '')('the Helm chart', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'likeness-helm-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('passes its own lint', () => {
    const { status, stdout } = run(['lint', '--strict', CHART, ...NEEDED]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('0 chart(s) failed') as string });
  });

  test.each([
    ['as it is', []],
    ['with everything', ALL],
  ])('makes what Kubernetes takes, %s', (_how, more) => {
    const builtIn = resourcesOf(...more).filter(({ kind }) => !CUSTOM.has(kind));
    expect(builtIn.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['Deployment', 'Service', 'Job', 'PersistentVolumeClaim']),
    );
    const file = path.join(folder, 'rendered.yaml');
    writeFileSync(file, builtIn.map((one) => JSON.stringify(one)).join('\n---\n'));
    const { status, stderr } = spawnSync(validate, ['--strict', '--quiet', file], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('starts each part with settings that it takes, without rights and on a read-only root', () => {
    const parts = resourcesOf(...ALL).flatMap((one) => (one.spec.template ? [one.spec.template.spec] : []));
    expect(parts.map(({ containers: [{ args }] }) => args[0]).sort()).toEqual(['api', 'migrate', 'worker']);
    for (const { containers, volumes, enableServiceLinks } of parts) {
      // A service called likeness would put LIKENESS_PORT=tcp://... into the environment.
      expect(enableServiceLinks).toBe(false);
      const [{ args, env, securityContext, volumeMounts }] = containers;
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(volumeMounts.map(({ name }) => name).sort()).toEqual(volumes.map(({ name }) => name).sort());
      const secret = 'x'.repeat(32);
      const given = Object.fromEntries(
        env.map(({ name, value }) => {
          if (!name.endsWith('_FILE')) return [name, value];
          const setting = name.replace(/_FILE$/, '');
          if (setting === 'LIKENESS_OPERATOR_KEY') return [setting, `lk_operator_${secret}`];
          return [setting, { DATABASE_URL: 'postgresql://x', REDIS_URL: 'redis://x' }[setting] ?? secret];
        }),
      );
      const LIKENESS_ROLE = args[0] === 'migrate' ? 'all' : args[0];
      const config = loadConfig({ ...imageEnvironment(), ...given, LIKENESS_ROLE });
      expect(config).toMatchObject({ environment: 'production', mayMakeSecrets: false });
      expect(config.keptFor.jobsMs).toBe(30 * 86_400_000);
    }
  });

  test('migrates before anything of a new version serves', () => {
    const job = resourcesOf().find(({ kind }) => kind === 'Job');
    expect(job?.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade' });
  });

  test('leaves the number of workers to what scales them', () => {
    const workerOf = (resources: Resource[]) =>
      resources.find(({ metadata }) => metadata.name === 'faces-likeness-worker');
    expect(workerOf(resourcesOf())?.spec.replicas).toBe(2);
    const scaled = resourcesOf(...ALL);
    expect(workerOf(scaled.filter(({ kind }) => kind === 'Deployment'))?.spec.replicas).toBeUndefined();
    const [trigger] = scaled.find(({ kind }) => kind === 'ScaledObject')?.spec.triggers ?? [];
    expect(trigger?.metadata).toMatchObject({
      threshold: '200',
      query: expect.stringContaining('likeness_job_items_open'),
    });
  });

  test.each([
    ['no secret', ['--set', 'existingSecret='], /existingSecret/],
    ['a setting that is none', ['--set', 'settings.PORT=1'], /PORT/],
    ['scaling without a Prometheus', ['--set', 'worker.autoscaling.enabled=true'], /prometheusUrl/],
    ['a misspelt value', ['--set', 'worker.replica=3'], /replica/],
  ])('refuses %s', (_what, more, sentence) => {
    const { status, stderr } = render(...more);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(sentence);
  });
});

test('the chart and the product have one version', () => {
  const { version } = JSON.parse(readFileSync(path.join(CHART, '..', '..', '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(readFileSync(path.join(CHART, 'Chart.yaml'), 'utf8')).toContain(`appVersion: ${version}\n`);
});
