import 'reflect-metadata';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pino from 'pino';
import type { LikenessClient, TypedDocument } from '@likeness/client';
import { loadConfig } from '../src/config';
import { startPlatform, type Platform } from '../src/container';
import { newId } from '../src/domain/ids';
import { makeTenantScope } from '../src/domain/tenant-scope-factory';
import { openCollection, openTenant } from './bench-tenant';

/**
 * `npm run bench:person-text -- [--persons N] [--queries Q]`: how long `persons(filter: { text })` takes over HTTP for the first 50, in
 * a collection of N made-up people with an external id each.
 */

const FIRST = 'Zoë Ána José Łukasz Ægir Nguyễn Jürgen Chloé Åsa Maria Peter Anna Ivan Olga Mei Kofi'.split(' ');
const LAST =
  'Müller Hernández Núñez Żak Straße Sørensen Dvořák Smith Ivanova Okafor Tanaka Rossi Silva Kaya Haddad Nowak'.split(
    ' ',
  );
const PARTS = 'ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu ra re ri ro ru'.split(' ');
const TEXTS = ['zoe', 'hernandez', 'badukali', 'e-099', 'nunez kabe', 'nobody', 'zo', 'a'];
const INSERT_PAGE = 5_000;

function nameOf(i: number): string {
  const part = (n: number): string => PARTS[Math.floor(i / 30 ** n) % 30]!;
  const own = part(0) + part(1) + part(2) + part(3);
  return `${FIRST[i % 16]} ${LAST[Math.floor(i / 16) % 16]} ${own[0]!.toUpperCase()}${own.slice(1)}`;
}

const PERSONS: TypedDocument<
  { readonly persons: { readonly nodes: readonly { readonly id: string }[] } },
  { readonly collectionId: string; readonly text: string }
> = `
  query ($collectionId: ID!, $text: String) {
    persons(collectionId: $collectionId, filter: { text: $text }, first: 50) { nodes { id displayName externalId } }
  }`;

async function insertPersons(platform: Platform, tenantId: string, collectionId: string, size: number): Promise<void> {
  for (let from = 0; from < size; from += INSERT_PAGE) {
    const data = Array.from({ length: Math.min(INSERT_PAGE, size - from) }, (_, k) => ({
      id: newId(),
      tenantId,
      collectionId,
      displayName: nameOf(from + k),
      externalId: `E-${String(from + k).padStart(6, '0')}`,
    }));
    await platform.database.maintain(makeTenantScope(tenantId), (tx) => tx.person.createMany({ data }), {
      timeoutMs: 60_000,
    });
    process.stderr.write(`\r${from + data.length} of ${size} persons`);
  }
  process.stderr.write('\n');
}

async function measure(likeness: LikenessClient, collectionId: string, text: string, queries: number) {
  const times: number[] = [];
  let found = 0;
  for (let i = -3; i < queries; i++) {
    const begin = performance.now();
    found = (await likeness.request(PERSONS, { collectionId, text })).persons.nodes.length;
    if (i >= 0) times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  const at = (q: number): number => Math.round(times[Math.floor(q * (times.length - 1))]! * 10) / 10;
  return { text, found, p50Ms: at(0.5), p95Ms: at(0.95) };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { persons: { type: 'string', default: '100000' }, queries: { type: 'string', default: '50' } },
  });
  const dataDir = mkdtempSync(path.join(tmpdir(), 'likeness-bench-'));
  chmodSync(dataDir, 0o755);
  const env = {
    ...process.env,
    LIKENESS_DATA_DIR: path.join(dataDir, 'data'),
    LIKENESS_PORT: '0',
    LIKENESS_LOG_LEVEL: 'warn',
  };
  try {
    const platform = await startPlatform(loadConfig(env), pino({ level: 'warn' }));
    try {
      const { id, likeness } = await openTenant(platform.url!, platform.operatorKey);
      const collectionId = await openCollection(likeness, { name: 'bench' });
      const begin = performance.now();
      await insertPersons(platform, id, collectionId, Number(values.persons));
      console.log(`${values.persons} persons made in ${Math.round(performance.now() - begin)} ms`);
      const rows = [];
      for (const text of TEXTS) rows.push(await measure(likeness, collectionId, text, Number(values.queries)));
      console.table(rows);
    } finally {
      await platform.close();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
