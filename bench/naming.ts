import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { enrol, withPage } from './page-browser';

/**
 * `npm run bench:naming -- --photos DIR`: names 100 faces of 20 people, 10 of them known, on the page and by keyboard alone, as somebody does
 * who takes a second to decide and a fifth of one for each key. Prints the time, and whether taking everything back leads to the
 * beginning. DIR has a folder for each person.
 */
const PEOPLE = 20;
const KNOWN = 10;
const FACES_EACH = 5;
const DECISION_MS = 1_000;
const KEY_MS = 200;
/** Letters after which somebody known is offered first. */
const LETTERS = 4;

interface Counts {
  decisions: number;
  keys: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { photos: { type: 'string' } } });
  if (!values.photos) throw new Error('--photos DIR is needed: a folder with a folder for each person');
  const folder = values.photos;
  const people = readdirSync(folder)
    .sort()
    .map((name) => ({
      name: name.replaceAll('_', ' '),
      photos: readdirSync(path.join(folder, name)).sort(),
      folder: name,
    }))
    .filter(({ photos }) => photos.length > FACES_EACH)
    .slice(0, PEOPLE);
  const photo = (of: { readonly folder: string; readonly photos: readonly string[] }, at: number): Buffer =>
    readFileSync(path.join(folder, of.folder, of.photos[at]!));
  await withPage({}, async (opened) => {
    const { page } = opened;
    await enrol(
      opened,
      people.slice(0, KNOWN).map((one) => ({
        image: photo(one, FACES_EACH),
        person: { create: { displayName: one.name } },
      })),
    );
    const unknown = people.flatMap((one) =>
      Array.from({ length: FACES_EACH }, (_, at) => ({ image: photo(one, at), name: one.name })),
    );
    const faces = await enrol(
      opened,
      unknown.map(({ image }) => ({ image })),
    );
    const nameOf = new Map(faces.flatMap((ids, at) => ids.map((id) => [id, unknown[at]!.name] as const)));
    console.log(`${nameOf.size} faces in ${unknown.length} images`);
    await page.reload();
    const begun = Date.now();
    await page
      .getByRole('navigation', { name: 'Screens' })
      .getByRole('link', { name: 'Unnamed faces', exact: true })
      .click();
    const counts: Counts = { decisions: 0, keys: 0 };
    while (await nextGroup(page)) await decide(page, nameOf, counts);
    const seconds = (Date.now() - begun) / 1_000;
    console.log(`named in ${seconds.toFixed(1)} s, with ${counts.decisions} decisions and ${counts.keys} keys`);
    for (;;) {
      const undo = page.getByRole('button', { name: /^Undo / });
      if ((await undo.count()) === 0) break;
      const before = await page.locator('main').innerText();
      await undo.click();
      await changed(page, 'main', before);
      await page.locator('button[data-disabled]', { hasText: 'Undo' }).waitFor({ state: 'detached' });
    }
    const left = Number.parseInt(await page.getByText(/left that nobody has named/).innerText(), 10);
    console.log(`taken back: ${left} of ${nameOf.size} faces are unnamed again`);
  });
}

/** Waits for something to name. @returns false when every face has a name. */
async function nextGroup(page: Page): Promise<boolean> {
  const ready = page.getByRole('button', { name: /^Skip/, disabled: false });
  const end = page.getByText('Every face has a name');
  await ready.or(end).first().waitFor();
  return (await end.count()) === 0;
}

/** Waits until a part of the page says something else. The page's policy lets nothing wait in it. */
async function changed(page: Page, selector: string, before: string): Promise<void> {
  while ((await page.evaluate(`document.querySelector('${selector}')?.innerText`)) === before)
    await page.waitForTimeout(10);
}

async function decide(page: Page, nameOf: ReadonlyMap<string, string>, counts: Counts): Promise<void> {
  const press = async (key: string): Promise<void> => {
    counts.keys += 1;
    await page.waitForTimeout(KEY_MS);
    await page.keyboard.press(key);
  };
  const crops = await page.evaluate<string[]>(
    `[...document.querySelectorAll('.review [role="option"] img, .review-face img')].map(({ src }) => src)`,
  );
  const names = crops.map((src) => nameOf.get(new URL(src).pathname.split('/').at(-1)!) ?? '?');
  const tally = new Map<string, number>();
  for (const name of names) tally.set(name, (tally.get(name) ?? 0) + 1);
  const [name] = [...tally].sort((a, b) => b[1] - a[1])[0]!;
  counts.decisions += 1;
  await page.waitForTimeout(DECISION_MS);
  for (const [at, other] of names.entries()) {
    if (other === name) continue;
    // By the arrow keys from the first face on.
    await page.getByRole('option').nth(at).focus();
    counts.keys += at;
    await page.waitForTimeout(at * KEY_MS);
    await press('Space');
  }
  const before = await page.locator('.review').innerText();
  if ((await page.getByRole('heading', { level: 2, name: new RegExp(`(Is this|Perhaps) ${name}\\?`) }).count()) > 0) {
    await press('y');
  } else {
    await press('n');
    const box = page.getByRole('combobox', { name: 'Name' });
    await box.waitFor();
    for (const letter of name.slice(0, LETTERS)) await press(letter);
    const known = page.getByRole('option', { name: new RegExp(`^${name}`) });
    await page.waitForTimeout(DECISION_MS);
    counts.decisions += 1;
    if ((await known.count()) === 0)
      for (const letter of name.slice(LETTERS)) await press(letter === ' ' ? 'Space' : letter);
    else {
      const options = await page.getByRole('option').allInnerTexts();
      for (let at = options.findIndex((text) => text.startsWith(name)); at > 0; at -= 1) await press('ArrowDown');
    }
    await press('Enter');
    await box.waitFor({ state: 'detached' });
  }
  await changed(page, '.review', before);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
