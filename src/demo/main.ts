import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, type Config } from '../config';
import { startPlatform, type Platform } from '../container';
import { createLogger } from '../container/logging';
import { leaveSoon, stopAsked, stopSignal } from '../container/stop-signal';
import { DomainError } from '../domain/errors';
import { annotatePicture } from '../infra/sharp/sharp-annotator';
import { ApiClient } from './api-client';
import { folderPictures, packagePictures, type DemoPictures } from './gallery';
import { HIT_COLOUR, pageOf, tableOf, UNKNOWN_COLOUR, type Report } from './report';
import { tellStory } from './story';

const USAGE = `Usage: npm run demo -- [--once] [--people DIR --probe FILE] [--pack NAME]

Starts everything embedded, enrols real photographs, searches one, and serves until stopped.

--once     leave when the answer is printed
--people   enrol DIR/<person>/*.jpg instead of the photographs that come with an npm package
--probe    the picture to search, with --people
--pack     recognition pack (default: the first of LIKENESS_PACKS)`;

const KEY_LIFETIME_MS = 24 * 3_600_000;
const TENANT_NAME = 'Likeness demo';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      people: { type: 'string' },
      probe: { type: 'string' },
      pack: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || Boolean(values.people) !== Boolean(values.probe)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const pictures = values.people && values.probe ? folderPictures(values.people, values.probe) : packagePictures();
  const loaded = loadConfig();
  const config: Config = { ...loaded, role: 'all', ...(values.pack ? { packs: [values.pack] } : {}) };

  const stopping = stopSignal(() => console.log('\nStopping'));
  try {
    await show(config, pictures, values.once, stopping);
  } catch (error) {
    // What a stop cuts short fails in ways of its own.
    if (!stopping.aborted) throw error;
  }
  return 0;
}

/** @throws the reason of `stopping` when the platform was asked to stop before it was up. */
async function show(config: Config, pictures: DemoPictures, once: boolean, stopping: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  console.log(
    'Starting PostgreSQL, the queue, the vector index and the recognition pack (the first start takes longer)',
  );
  const platform = await startOnFreePort(config, stopping);
  const present = async (): Promise<void> => {
    console.log(`Likeness is up after ${seconds(startedAt)} on ${platform.url}`);
    const key = await makeTenant(platform);
    const api = new ApiClient(platform.url!, key);
    const { report, collectionId, probe } = await tellStory(api, pictures, console.log, showProgress);
    console.log(`\n${report.title}\n\n${tableOf(report)}\n`);
    const folder = path.join(config.dataDir, 'demo');
    await writeReport(folder, report, probe);
    console.log(`Picture  ${path.join(folder, 'result.jpg')}\nPage     ${path.join(folder, 'index.html')}`);
    console.log(`Done after ${seconds(startedAt)}`);
    await api.close();
    if (once) return;
    printInvitation(platform, key, collectionId);
    await stopAsked(stopping);
  };
  try {
    await Promise.race([present(), stopAsked(stopping)]);
  } finally {
    await platform.close();
  }
}

const seconds = (since: number): string => `${((performance.now() - since) / 1_000).toFixed(1)} s`;

async function startOnFreePort(config: Config, stopping: AbortSignal): Promise<Platform> {
  const logger = createLogger({ level: config.logLevel === 'info' ? 'warn' : config.logLevel, to: 2 });
  try {
    return await startPlatform(config, logger, stopping);
  } catch (error) {
    // The API says it in a sentence; what the system said is the cause.
    const { cause } = error as { cause?: NodeJS.ErrnoException };
    if (cause?.code !== 'EADDRINUSE') throw error;
    console.log(`Port ${config.port} is taken: using a free one`);
    return startPlatform({ ...config, port: 0 }, logger, stopping);
  }
}

/** A tenant of the demo's own with a key for a day; what earlier demos left goes first. */
async function makeTenant(platform: Platform): Promise<string> {
  const operator = new ApiClient(platform.url!, platform.operatorKey);
  const { tenants } = await operator.request<{ tenants: { nodes: { id: string; name: string; status: string }[] } }>(
    '{ tenants(first: 1000) { nodes { id name status } } }',
  );
  for (const old of tenants.nodes.filter((one) => one.name === TENANT_NAME && one.status !== 'DELETING')) {
    await operator.request('mutation ($id: ID!) { deleteTenant(id: $id) { tenant { id } } }', { id: old.id });
  }
  const { secret } = await platform.services!.tenants.create(
    TENANT_NAME,
    {},
    { isTest: true, expiresAt: new Date(Date.now() + KEY_LIFETIME_MS) },
  );
  return secret;
}

let shown = '';

function showProgress(done: number, total: number): void {
  const line = `  ${done} of ${total}`;
  if (line === shown) return;
  shown = line;
  if (process.stdout.isTTY) process.stdout.write(`\r${line}${done === total ? '\n' : ''}`);
  else console.log(line);
}

async function writeReport(folder: string, report: Report, probe: Uint8Array): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const picture = await annotatePicture(
    probe,
    report.findings.map(({ boundingBox, number, match }) => ({
      boundingBox,
      number,
      colour: match ? HIT_COLOUR : UNKNOWN_COLOUR,
    })),
  );
  const crops = new Map<number, Uint8Array>();
  for (const { number, match } of report.findings) {
    if (match) crops.set(number, new Uint8Array(await (await fetch(match.cropUrl)).arrayBuffer()));
  }
  writeFileSync(path.join(folder, 'result.jpg'), picture, { mode: 0o600 });
  writeFileSync(path.join(folder, 'index.html'), pageOf(report, picture, crops), { mode: 0o600 });
}

function printInvitation(platform: Platform, key: string, collectionId: string): void {
  console.log(`
GraphQL  ${platform.url}/graphql (open it in a browser)
Key      ${key} (works for 24 hours)

Paste this:

curl -s ${platform.url}/graphql -H 'content-type: application/json' -H 'authorization: Bearer ${key}' \\
  -d '{"query":"{ persons(collectionId: \\"${collectionId}\\", first: 3) { nodes { id displayName faceCount } } }"}'

Ctrl-C stops it; npm start serves the same data again.`);
}

const ended = main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    const plain = error instanceof ConfigError || error instanceof DomainError;
    console.error(
      plain || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? (error as Error).message : error,
    );
    process.exitCode = plain ? 78 : 1;
  },
);
// What was cut short may be trying to reach the platform still.
void ended.then(leaveSoon);
