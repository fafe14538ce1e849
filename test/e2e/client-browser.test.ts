import { createReadStream } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import type * as Client from '@likeness/client';
import { createTenant, type TestTenant } from '../factories/tenant';
import { findBrowser } from '../fixtures/browser';
import { cutOut, partyPhoto, type Box } from '../fixtures/photos';
import { suiteWhere } from '../fixtures/needs';
import { TestPlatform } from '../fixtures/platform';
import { ScriptedServer } from '../fixtures/scripted-server';

const ROOT = path.join(__dirname, '..', '..');
const FOLDERS: Readonly<Record<string, string>> = {
  client: path.join(ROOT, 'packages', 'client', 'dist'),
  'graphql-ws': path.join(path.dirname(require.resolve('graphql-ws/package.json')), 'dist'),
};
const PAGE = `<!doctype html>
<link rel="icon" href="data:,">
<script type="importmap">
  { "imports": { "@likeness/client": "/client/index.js", "graphql-ws/client": "/graphql-ws/client.js" } }
</script>
<script type="module">
  import * as likeness from '@likeness/client';
  globalThis.likeness = likeness;
</script>`;

/** The files of the packages as they are, and a page that imports them. */
function servePackages(): Promise<ScriptedServer> {
  return ScriptedServer.start(({ request, response }) => {
    const [, folder = '', file = ''] = /^\/([\w-]+)\/([\w./-]+\.js)$/.exec(request.url ?? '') ?? [];
    if (request.url === '/') return void response.setHeader('content-type', 'text/html').end(PAGE);
    if (!FOLDERS[folder]) return void response.writeHead(404).end();
    response.setHeader('content-type', 'text/javascript');
    createReadStream(path.join(FOLDERS[folder], file)).pipe(response);
  });
}

const executablePath = findBrowser('The client');

suiteWhere(executablePath !== undefined)('the client in a browser, without a bundler', () => {
  let platform: TestPlatform;
  let pages: ScriptedServer;
  let tenant: TestTenant;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    pages = await servePackages();
    platform = await TestPlatform.start({ env: { LIKENESS_CORS_ORIGINS: pages.url } });
    tenant = await createTenant(platform.operator);
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())));
    await page.goto(pages.url);
    await page.waitForFunction('globalThis.likeness');
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    await pages?.stop();
  });

  test('enrols a file, hears of it, and finds the person', async () => {
    const collectionId = await tenant.createCollection();
    const { faces } = await tenant.detect(partyPhoto(1));
    const portrait = await cutOut(partyPhoto(1), faces[0].boundingBox as Box);
    const told = await page.evaluate(
      async ({ url, apiKey, collectionId, portrait }) => {
        const { createClient, SearchFacesDocument } = (globalThis as unknown as { likeness: typeof Client }).likeness;
        const client = createClient({ url, apiKey });
        const blob = await (await fetch(`data:image/jpeg;base64,${portrait}`)).blob();
        const after = await client.eventCursor(collectionId);
        const events = client.collectionEvents(collectionId, { after, types: ['PERSON_CREATED', 'FACES_INDEXED'] });
        const [outcome] = await client.enrollFiles({
          collectionId,
          files: [{ source: blob, person: { create: { displayName: 'Ada' } } }],
        });
        const types = [await events.next(), await events.next()].map(({ value }) => value?.type);
        const image = { uploadId: await client.uploadFile(blob) };
        const { searchFaces } = await client.request(SearchFacesDocument, { collectionIds: [collectionId], image });
        await client.close();
        return { state: outcome!.state, types, who: searchFaces.probes[0]?.matches[0]?.person?.displayName };
      },
      { url: platform.url, apiKey: tenant.api.key!, collectionId, portrait: portrait.toString('base64') },
    );
    expect(told).toEqual({ state: 'INDEXED', types: ['PERSON_CREATED', 'FACES_INDEXED'], who: 'Ada' });
    expect(problems).toEqual([]);
  });

  test('tells what is refused, by its code', async () => {
    const code = await page.evaluate(
      async ({ url }) => {
        const { createClient, LikenessError } = (globalThis as unknown as { likeness: typeof Client }).likeness;
        const error: unknown = await createClient({ url, apiKey: 'lk_live_nonsense' })
          .request('{ viewer { keyName } }')
          .catch((error: unknown) => error);
        return error instanceof LikenessError ? error.code : String(error);
      },
      { url: platform.url },
    );
    expect(code).toBe('UNAUTHENTICATED');
  });
});
