import 'reflect-metadata';
import { createClient, LikenessError } from '@likeness/client';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, type Config } from '../config';
import { startPlatform, type Platform } from '../container';
import { createLogger } from '../container/logging';
import { printable, printableLines } from '../container/printable';
import { reasonOf } from '../container/reason';
import { leaveSoon, stopAsked, stopSignal } from '../container/stop-signal';
import { DomainError } from '../domain/errors';
import { annotateImage } from '../infra/sharp/sharp-annotator';
import { folderImages } from './folder-images';
import { DemoError, packageImages, type DemoImages } from './gallery';
import { HIT_COLOUR, pageOf, tableOf, UNKNOWN_COLOUR, type Report, type ShownImage } from './report';
import { tellStory } from './story';
import { openTenant } from './tenant';

const USAGE = `Usage: npm run demo -- [--once] [--people DIR --probe FILE...] [--pack NAME]

Starts everything embedded, enrols real photographs, searches one, and serves until stopped.

--once     leave when the answer is printed
--people   enrol DIR/<person>/ (JPEG, PNG, WebP) instead of the photographs that come with an npm package
--probe    the images to search, with --people: files or folders, as many as you like
--pack     recognition pack (default: the first of LIKENESS_PACKS)

What an earlier run enrolled of the same folder is not enrolled again.`;

const KEY_LIFETIME_MS = 24 * 3_600_000;
const TENANT_NAME = 'Likeness demo';

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      once: { type: 'boolean', default: false },
      people: { type: 'string' },
      probe: { type: 'string', multiple: true },
      pack: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  // A shell makes several words of --probe photos/*.jpg.
  const probes = [...(values.probe ?? []), ...positionals];
  if (values.help || Boolean(values.people) !== Boolean(values.probe) || (positionals.length > 0 && !values.probe)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const images = values.people ? folderImages(values.people, probes) : packageImages();
  const loaded = loadConfig();
  // It reaches itself directly, whatever the way of others is.
  const config: Config = {
    ...loaded,
    role: 'all',
    publicUrl: undefined,
    ...(values.pack ? { packs: [values.pack] } : {}),
  };

  const stopping = stopSignal(() => console.log('\nStopping'));
  try {
    await show(config, { images, pack: values.pack, once: values.once }, stopping);
  } catch (error) {
    // What a stop cuts short fails in ways of its own.
    if (!stopping.aborted) throw error;
  }
  return 0;
}

interface Wishes {
  readonly images: DemoImages;
  readonly pack: string | undefined;
  readonly once: boolean;
}

/** @throws the reason of `stopping` when the platform was asked to stop before it was up. */
async function show(config: Config, { images, pack, once }: Wishes, stopping: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  console.log(
    'Starting PostgreSQL, the queue, the vector index and the recognition pack (the first start takes longer)',
  );
  const platform = await startOnFreePort(config, stopping);
  const present = async (): Promise<void> => {
    console.log(`Likeness is up after ${seconds(startedAt)} on ${platform.url}`);
    const operator = createClient({ url: platform.url!, apiKey: platform.operatorKey });
    const tenant = { name: TENANT_NAME, idFile: path.join(config.dataDir, 'demo-tenant') };
    const key = await openTenant(operator, tenant, new Date(Date.now() + KEY_LIFETIME_MS));
    const likeness = createClient({ url: platform.url!, apiKey: key });
    const { report, collectionId } = await tellStory(likeness, images, pack, {
      say: console.log,
      progress: showProgress,
    });
    console.log(`\n${printable(report.title)}`);
    for (const one of report.searched) {
      console.log(`\n${report.searched.length > 1 ? `${printable(path.basename(one.file))}\n` : ''}${tableOf(one)}`);
    }
    const folder = path.join(config.dataDir, 'demo');
    const files = await writeReport(folder, report);
    console.log(`\nImage    ${files.join('\n         ')}\nPage     ${path.join(folder, 'index.html')}`);
    console.log(`Done after ${seconds(startedAt)}`);
    await likeness.close();
    if (once) return;
    const page = await signInAddress(platform.url!, key);
    printInvitation(platform, key, collectionId, page);
    openInBrowser(page);
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

let shown = '';

function showProgress(done: number, total: number): void {
  const line = `  ${done} of ${total}`;
  if (line === shown) return;
  shown = line;
  if (process.stdout.isTTY) process.stdout.write(`\r${line}${done === total ? '\n' : ''}`);
  else console.log(line);
}

/** @returns the files of the images. */
async function writeReport(folder: string, report: Report): Promise<string[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const shown: ShownImage[] = [];
  const files: string[] = [];
  for (const [index, searched] of report.searched.entries()) {
    const image = await annotateImage(
      searched.bytes,
      searched.findings.map(({ boundingBox, number, match }) => ({
        boundingBox,
        number,
        name: match?.name ?? null,
        colour: match ? HIT_COLOUR : UNKNOWN_COLOUR,
      })),
    );
    const crops = new Map<number, Uint8Array>();
    for (const { number, match } of searched.findings) {
      if (match) crops.set(number, new Uint8Array(await (await fetch(match.cropUrl)).arrayBuffer()));
    }
    const file = path.join(folder, index === 0 ? 'result.jpg' : `result-${index + 1}.jpg`);
    writeFileSync(file, image, { mode: 0o600 });
    files.push(file);
    shown.push({ searched, image, crops });
  }
  writeFileSync(path.join(folder, 'index.html'), pageOf(report, shown), { mode: 0o600 });
  return files;
}

/** An address of the page that signs in once, within a minute: the key itself is in no page and in no history. */
async function signInAddress(url: string, key: string): Promise<string> {
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'apollo-require-preflight': '1',
  };
  const response = await fetch(`${url}/session/code`, { method: 'POST', headers, body: '{}' });
  if (!response.ok) return url;
  const { code } = (await response.json()) as { code: string };
  return `${url}/#code=${code}`;
}

/** Opens the page for whoever sits before the terminal. Where there is no screen to show it on, the address is printed all the same. */
function openInBrowser(address: string): void {
  if (!process.stdout.isTTY) return;
  const opener = spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [address], {
    stdio: 'ignore',
    detached: true,
  });
  opener.on('error', () => undefined);
  opener.unref();
}

function printInvitation(platform: Platform, key: string, collectionId: string, page: string): void {
  console.log(`
Open     ${page}
         (signs you in, once, within a minute; later sign in with the key)
GraphQL  ${platform.url}/graphql (open it in a browser)
Key      ${key} (works for 24 hours)

Paste this:

curl -s ${platform.url}/graphql -H 'content-type: application/json' -H 'authorization: Bearer ${key}' \\
  -d '{"query":"{ persons(collectionId: \\"${collectionId}\\", first: 3) { nodes { id displayName faceCount } } }"}'

Ctrl-C stops it; npm start serves the same data again.`);
}

/** Wrong usage, and what cannot be enrolled or searched at all, are told without a stack. */
function isSentence(error: unknown): error is Error {
  if (error instanceof DemoError || error instanceof LikenessError) return true;
  return Boolean((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS'));
}

const ended = main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    const plain = error instanceof ConfigError || error instanceof DomainError;
    console.error(isSentence(error) ? printableLines(error.message) : reasonOf(error));
    process.exitCode = plain ? 78 : 1;
  },
);
// What was cut short may be trying to reach the platform still.
void ended.then(leaveSoon);
