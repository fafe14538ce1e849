import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createTenant } from '../factories/tenant';
import { hasYaml, readYaml } from '../fixtures/yaml';
import { suiteWhere } from '../fixtures/needs';
import { partyPhoto } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';
import { metricsOf, metricsOfTable, unknownIn, type ShownMetrics } from '../fixtures/promql';

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}
interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

const DEPLOY = path.join(__dirname, '..', '..', 'deploy');
const read = (...place: string[]): string => readFileSync(path.join(DEPLOY, ...place), 'utf8');

suiteWhere(hasYaml('dashboards and alerts'))('dashboards and alerts', () => {
  let platform: TestPlatform;
  const promised = metricsOfTable(readFileSync(path.join(DEPLOY, '..', 'docs', 'operations.md'), 'utf8'));
  let given: ShownMetrics;
  /** What is given, with the labels that come only with what there was none of here. */
  let shown: ShownMetrics;

  beforeAll(async () => {
    platform = await TestPlatform.start();
    const tenant = await createTenant(platform.operator);
    const collectionId = await tenant.createCollection();
    const image = { base64: partyPhoto(1).toString('base64') };
    await tenant.enroll(collectionId, [{ image, person: { create: { displayName: 'One' } }, onAmbiguous: 'LARGEST' }]);
    // A job that has not finished, and an error: their labels are shown once there is one.
    const waiting = tenant.beginEnrollment(
      collectionId,
      Array.from({ length: 30 }, () => ({ image })),
    );
    await tenant.api.refusal('{ notThere }');
    await waiting;
    given = metricsOf(await (await fetch(`${platform.url}/metrics`)).text());
    shown = new Map([...given].map(([name, labels]) => [name, new Set([...labels, ...(promised.get(name) ?? [])])]));
  });
  afterAll(() => platform?.stop());

  test('the table of metrics has each that is given, with its labels', () => {
    const series = [...given].filter(([name]) => name.startsWith('likeness_'));
    const wrong = series.flatMap(([name, labels]) => {
      const row = promised.get(name.replace(/_(bucket|sum|count)$/, ''));
      return row
        ? [...labels].filter((label) => label !== 'le' && !row.has(label)).map((label) => `${name}{${label}}`)
        : [name];
    });
    expect(wrong).toEqual([]);
    expect([...promised.keys()].filter((name) => !given.has(name))).toEqual([]);
  });

  test('every panel asks for metrics and labels that a process shows', () => {
    const { panels } = JSON.parse(read('observe', 'grafana', 'dashboards', 'likeness.json')) as Dashboard;
    expect(panels.length).toBeGreaterThan(15);
    const wrong = panels.flatMap(({ title, targets }) =>
      targets.flatMap(({ expr }) => unknownIn(expr, shown).map((unknown) => `${title}: ${unknown}`)),
    );
    expect(wrong).toEqual([]);
  });

  test('so does every alert, and what workers are scaled by', () => {
    const [{ groups }] = readYaml<Rules>(read('observe', 'alerts.yml')) as [Rules];
    const rules = groups.flatMap((group) => group.rules);
    const scaled = /query: (.*)/.exec(read('helm', 'likeness', 'templates', 'worker.yaml'))![1]!;
    const wrong = [...rules, { alert: 'scaling', expr: scaled }].flatMap(({ alert, expr }) =>
      unknownIn(expr, shown).map((unknown) => `${alert}: ${unknown}`),
    );
    expect(wrong).toEqual([]);
  });

  test('a metric or a label that is not there is noticed', () => {
    expect(unknownIn('sum by (colour) (likeness_jobs_open{size="1", job="x"}) + likeness_no', shown)).toEqual([
      'likeness_jobs_open{size}',
      'likeness_no',
      'colour',
    ]);
  });
});
