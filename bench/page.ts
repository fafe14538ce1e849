import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { makeTenantScope } from '../src/domain/tenant-scope-factory';
import { enrol, withPage, type OpenedPage } from './page-browser';

/**
 * `npm run bench:page -- --photos DIR [--people N]`: the page in Chromium over N people (100,000) with real crops. Prints the longest
 * task of the page while the grid is scrolled, rows of it that one sees each second, how long a jump to a letter takes, and how
 * long after its arrival the answer of a search is drawn. DIR holds portraits, JPEG.
 */
const PORTRAITS = 40;
const ADDED_AT_ONCE = 10_000;
const SCROLL_MS = 20_000;
/** Pixels of each frame: some 24 rows a second. */
const STEP = 110;
const SEARCHES = 10;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { people: { type: 'string', default: '100000' }, photos: { type: 'string' } },
  });
  if (!values.photos) throw new Error('--photos DIR is needed: a folder of portraits');
  const folder = values.photos;
  const photos = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort()
    .slice(0, PORTRAITS)
    .map((name) => readFileSync(path.join(folder, name)));
  await withPage({}, async (opened) => {
    const { page } = opened;
    await enrol(
      opened,
      photos.map((image) => ({ image })),
    );
    await addPeople(opened, Number(values.people));
    await page.reload();
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'People', exact: true }).click();
    await page.getByRole('listitem').first().waitFor();
    console.log(
      `people: ${await page
        .getByText(/people$/)
        .first()
        .innerText()}`,
    );
    await watchTasks(page);
    const seen = await scroll(page);
    console.log(`grid: ${seen} people in ${SCROLL_MS / 1_000} s; longest task ${await longestTask(page)}`);
    for (const letter of ['M', 'T', 'C']) console.log(`jump to ${letter}: ${await jump(page, letter)} ms`);
    console.log(`back: the place is kept: ${await keepsPlace(page)}`);
    const drawn = await searches(opened, photos);
    console.log(
      `search drawn after its answer: median ${drawn[Math.floor(drawn.length / 2)]} ms, longest ${drawn.at(-1)} ms`,
    );
  });
}

/** People as rows of the database, each with a face of one of the images that are there; says how far it is. */
async function addPeople({ platform, tenantId, collectionId }: OpenedPage, people: number): Promise<void> {
  const scope = makeTenantScope(tenantId);
  for (let first = 1; first <= people; first += ADDED_AT_ONCE) {
    const last = Math.min(people, first + ADDED_AT_ONCE - 1);
    await platform.database.maintain(
      scope,
      async (tx) => {
        // The triggers have planned for the few rows that they have met before: nothing analyses the tables meanwhile.
        await tx.$executeRaw`SET LOCAL plan_cache_mode = force_custom_plan`;
        await tx.$executeRaw`
          INSERT INTO persons (id, tenant_id, collection_id, display_name)
          SELECT gen_random_uuid(), ${tenantId}::uuid, ${collectionId}::uuid,
                 chr(65 + (n * 7 % 26)) || lower(substr(md5(n::text), 1, 5)) || ' ' || chr(65 + (n * 11 % 26)) || lower(substr(md5((n + 1)::text), 1, 7))
            FROM generate_series(${first}::int, ${last}::int) n`;
        await tx.$executeRaw`
          INSERT INTO faces (id, tenant_id, collection_id, image_id, job_item_id, ordinal, person_id, state, reasons, bounding_box,
                             landmarks, pose, brightness, sharpness, confidence, size_px)
          SELECT gen_random_uuid(), p.tenant_id, p.collection_id, f.image_id, gen_random_uuid(), 0, p.id, 'INDEXED', '{}', f.bounding_box,
                 f.landmarks, f.pose, f.brightness, f.sharpness, f.confidence, f.size_px
            FROM (SELECT *, row_number() OVER () AS at FROM persons
                   WHERE collection_id = ${collectionId}::uuid AND face_count = 0) p
            JOIN (SELECT *, row_number() OVER () - 1 AS at, count(*) OVER () AS all_of FROM faces
                   WHERE collection_id = ${collectionId}::uuid AND person_id IS NULL) f ON f.at = p.at % f.all_of`;
        await tx.$executeRaw`UPDATE collections SET person_count = ${last}::int WHERE id = ${collectionId}::uuid`;
      },
      { timeoutMs: 120_000 },
    );
    console.error(`${last} people added`);
  }
}

async function watchTasks(page: Page): Promise<void> {
  await page.evaluate(`window.tasks = [0]; new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.tasks.push(entry.duration);
  }).observe({ type: 'longtask', buffered: false }); undefined`);
}

/** A browser tells of tasks of 50 ms and more. @returns milliseconds, in words. */
async function longestTask(page: Page): Promise<string> {
  const longest = await page.evaluate<number>('Math.max(...window.tasks)');
  return longest > 0 ? `${longest} ms` : 'under 50 ms';
}

/** Scrolls on for a while, frame by frame. @returns how many people were drawn on the way. */
async function scroll(page: Page): Promise<number> {
  return page.evaluate(`new Promise((resolve) => {
    const seen = new Set();
    const until = performance.now() + ${SCROLL_MS};
    const step = () => {
      window.scrollBy(0, ${STEP});
      for (const card of document.querySelectorAll('a.person-card')) seen.add(card.href);
      if (performance.now() < until) requestAnimationFrame(step);
      else resolve(seen.size);
    };
    requestAnimationFrame(step);
  })`);
}

async function jump(page: Page, letter: string): Promise<number> {
  const begun = Date.now();
  await page.getByRole('button', { name: `Names from ${letter}` }).click();
  await page
    .locator('.person-name', { hasText: new RegExp(`^${letter}`) })
    .first()
    .waitFor();
  return Date.now() - begun;
}

/** Opens somebody far down whom one sees, and comes back. */
async function keepsPlace(page: Page): Promise<boolean> {
  await page.evaluate('window.scrollTo(0, 9000)');
  await page.waitForTimeout(1_500);
  await page.evaluate('window.scrollBy(0, 3000)');
  await page.waitForTimeout(1_500);
  const href = await page.evaluate<string>(`[...document.querySelectorAll('a.person-card')].find((card) => {
    const { top, bottom } = card.getBoundingClientRect();
    return top > 100 && bottom < innerHeight;
  }).getAttribute('href')`);
  const card = page.locator(`a.person-card[href="${href}"]`);
  const before = (await card.boundingBox())!.y;
  await card.click();
  await page.getByText('History', { exact: true }).waitFor();
  await page.goBack();
  await card.waitFor();
  return Math.abs((await card.boundingBox())!.y - before) < 5;
}

/** Milliseconds from the arrival of an answer until its boxes are drawn, sorted. */
async function searches({ page }: OpenedPage, photos: readonly Buffer[]): Promise<number[]> {
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Search', exact: true }).click();
  const times: number[] = [];
  for (const [n, buffer] of photos.slice(0, SEARCHES).entries()) {
    await page.evaluate(`performance.clearResourceTimings(); window.drawn = new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        if (!document.querySelector('img[alt="The photograph ${n}.jpg"] ~ .face-box')) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
      });
      observer.observe(document.body, { childList: true, subtree: true });
    }); undefined`);
    await page.getByTestId('probe').setInputFiles({ name: `${n}.jpg`, mimeType: 'image/jpeg', buffer });
    times.push(
      await page.evaluate<number>(`window.drawn.then((drawn) => Math.round(drawn - Math.max(...performance
        .getEntriesByType('resource').filter(({ name, responseEnd }) => /graphql/.test(name) && responseEnd <= drawn)
        .map(({ responseEnd }) => responseEnd))))`),
    );
  }
  return times.sort((a, b) => a - b);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
