import 'reflect-metadata';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { chromium, type Browser, type Page } from 'playwright-core';
import { loadConfig } from '../src/config';
import { startPlatform, type Platform } from '../src/container';

const BROWSERS = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
/** As wide and high as a usual laptop's. */
const VIEWPORT = { width: 1280, height: 850 };

/** @returns the answer's data. @throws Error that says what was refused. */
export type Ask = <Data>(query: string, variables?: object) => Promise<Data>;

/** A platform on a folder of its own, with one tenant, and the page of it in a browser that has signed in. */
export interface OpenedPage {
  readonly platform: Platform;
  readonly page: Page;
  readonly tenantId: string;
  readonly collectionId: string;
  /** Sends a GraphQL request of the tenant. */
  readonly ask: Ask;
}

/** @param env settings over the usual ones. */
export async function withPage(
  env: Readonly<Record<string, string>>,
  work: (opened: OpenedPage) => Promise<void>,
): Promise<void> {
  const executablePath = BROWSERS.find((file) => file !== undefined && existsSync(file));
  if (!executablePath) throw new Error('No Chromium was found; set CHROMIUM_PATH');
  const dataDir = mkdtempSync(path.join(tmpdir(), 'likeness-bench-page-'));
  const settings = { NODE_ENV: 'test', LIKENESS_PORT: '0', LIKENESS_DATA_DIR: dataDir, ...env };
  let platform: Platform | undefined;
  let browser: Browser | undefined;
  try {
    platform = await startPlatform(loadConfig(settings), pino({ level: 'error' }));
    const url = platform.url!;
    const operator = asker(url, platform.operatorKey!);
    const { createTenant } = await operator<{ createTenant: { tenant: { id: string }; secret: string } }>(
      'mutation { createTenant(input: { name: "Museum" }) { tenant { id } secret } }',
    );
    const key = createTenant.secret;
    const ask = asker(url, key);
    const { createCollection } = await ask<{ createCollection: { collection: { id: string } } }>(
      'mutation { createCollection(input: { name: "visitors" }) { collection { id } } }',
    );
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    const page = await browser.newPage({ viewport: VIEWPORT });
    page.setDefaultTimeout(60_000);
    await page.goto(url);
    await page.getByLabel('Your key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Museum' }).waitFor();
    const collectionId = createCollection.collection.id;
    await work({ platform, page, tenantId: createTenant.tenant.id, collectionId, ask });
  } finally {
    await browser?.close();
    await platform?.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function asker(url: string, key: string): Ask {
  return async <Data>(query: string, variables: object = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: Data; errors?: { message: string }[] };
    if (errors) throw new Error(errors.map(({ message }) => message).join('; '));
    return data;
  };
}

interface EnrolledJob {
  readonly job: {
    readonly state: string;
    readonly items: { readonly nodes: { readonly faceRecords: { id: string }[] }[] };
  };
}

/** Enrols images and waits until they are done. @returns the faces that were indexed, image by image. */
export async function enrol(
  { ask, collectionId }: Pick<OpenedPage, 'ask' | 'collectionId'>,
  items: readonly { readonly image: Buffer; readonly person?: object }[],
): Promise<string[][]> {
  const { enrollFaces } = await ask<{ enrollFaces: { job: { id: string } } }>(
    'mutation ($input: EnrollFacesInput!) { enrollFaces(input: $input) { job { id } } }',
    {
      input: {
        collectionId,
        items: items.map(({ image, person }) => ({ image: { base64: image.toString('base64') }, person })),
      },
    },
  );
  for (;;) {
    const { job } = await ask<EnrolledJob>(
      'query ($id: ID!) { job(id: $id) { state items(first: 1000) { nodes { faceRecords { id } } } } }',
      { id: enrollFaces.job.id },
    );
    if (!['QUEUED', 'IN_PROGRESS'].includes(job.state)) {
      return job.items.nodes.map(({ faceRecords }) => faceRecords.map(({ id }) => id));
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
