import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { createTenant, type TestTenant } from '../factories/tenant';
import { AdminPage } from '../fixtures/admin-page';
import { findBrowser } from '../fixtures/browser';
import { suiteWhere } from '../fixtures/needs';
import { cutOut, partyPhoto, variant, type Box } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';

const executablePath = findBrowser('The page');

jest.setTimeout(120_000);

suiteWhere(executablePath !== undefined)('the page in a browser', () => {
  let platform: TestPlatform;
  let tenant: TestTenant;
  let admin: AdminPage;
  let folder: string;

  beforeAll(async () => {
    platform = await TestPlatform.start();
    tenant = await createTenant(platform.operator, 'Museum');
    folder = await mkdtemp(path.join(tmpdir(), 'likeness-page-'));
    const { faces } = await tenant.detect(partyPhoto(1));
    const fromLeft = [...faces].sort((a, b) => a.boundingBox.left - b.boundingBox.left);
    for (const [index, name] of ['Ann_Lee', 'Bo'].entries()) {
      const portrait = await cutOut(partyPhoto(1), fromLeft[index]!.boundingBox as Box);
      await mkdir(path.join(folder, 'people', name), { recursive: true });
      await writeFile(path.join(folder, 'people', name, 'one.jpg'), portrait);
      await writeFile(path.join(folder, 'people', name, 'two.jpg'), await variant(portrait, 1));
    }
    await writeFile(path.join(folder, 'people', 'Bo', 'notes.txt'), 'no image');
    await writeFile(path.join(folder, 'people', 'Bo', 'broken.jpg'), 'no image either');
    await writeFile(path.join(folder, 'party.jpg'), partyPhoto(1));
    await writeFile(path.join(folder, 'other.jpg'), partyPhoto(2));
    admin = await AdminPage.open(executablePath!, platform.url);
  });
  afterAll(async () => {
    await admin?.close();
    await platform?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const see = (text: string | RegExp): Promise<void> => admin.page.getByText(text).first().waitFor();
  const press = (name: string | RegExp): Promise<void> => admin.page.getByRole('button', { name }).first().click();

  test('is not signed in to with a bad key, and says why', async () => {
    expect(await admin.flaws()).toEqual([]);
    await admin.signIn('lk_live_swordfish');
    await see(/cut short or mistyped/);
    // The browser tells the console of every refused request.
    expect(admin.problems.splice(0)).toHaveLength(1);
  });

  test('is signed in to with a key, which it keeps nowhere', async () => {
    await admin.signIn(tenant.api.key!);
    await admin.page.getByRole('heading', { name: 'Museum' }).waitFor();
    await see('Make your first collection');
    expect(admin.scriptBytes).toBeGreaterThan(50_000);
    expect(admin.scriptBytes).toBeLessThan(300_000);
    expect(await admin.flaws()).toEqual([]);
    const kept = await admin.page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
    expect(kept).toBe('[{},{}]');
    const [cookie] = await admin.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    expect(JSON.stringify(await admin.cookies())).not.toContain('lk_');
  });

  test('makes a collection', async () => {
    await admin.go('Collections');
    await press('New collection');
    await admin.page.getByLabel('Name').fill('visitors');
    expect(await admin.flaws()).toEqual([]);
    await press('Make it');
    await see('Drop photographs or folders here');
    expect(await admin.flaws()).toEqual([]);
  });

  test('adds a folder for each person, says what is left out and what failed, and why', async () => {
    await admin.page.getByTestId('folder').setInputFiles(path.join(folder, 'people'));
    await see('5 images of 2 people');
    await see('This is no image. JPEG, PNG and WebP can be added.');
    expect(await admin.flaws()).toEqual([]);
    await press('Add 5 images');
    await admin.page.getByRole('link', { name: 'See the people' }).waitFor();
    await see('4 images added');
    await see('1 image not added');
    expect(await admin.flaws()).toEqual([]);
    expect(admin.problems.splice(0)).toHaveLength(1);
    // It is no better the second time, which the browser's console tells.
    await admin.page.getByRole('button', { name: /^Try again: people/ }).click();
    while (admin.problems.length === 0) await delay(50);
    await see('1 image not added');
    await see('4 images added');
    expect(admin.problems.splice(0)).toHaveLength(1);
  });

  test('adds what was added before once, and faces that nobody has named', async () => {
    await press('Add more');
    await admin.page.getByTestId('folder').setInputFiles(path.join(folder, 'people'));
    await press('Add 5 images');
    await see('4 were there already');
    await press('Add more');
    await admin.page.getByTestId('files').setInputFiles(path.join(folder, 'party.jpg'));
    await press('Add 1 image');
    await see('1 image added');
    admin.problems.length = 0;
  });

  test('takes a table that says whose images are, and shows what it lists and is not there', async () => {
    await press('Add more');
    const table = Buffer.from('file,name,externalId\nparty.jpg,Cleo,7\ngone.jpg,Cleo,7\n');
    const image = { name: 'party.jpg', mimeType: 'image/jpeg', buffer: partyPhoto(1) };
    await admin.page
      .getByTestId('files')
      .setInputFiles([{ name: 'list.csv', mimeType: 'text/csv', buffer: table }, image]);
    await see('1 image of 1 person');
    await see('1 file of the table not found');
    expect(await admin.flaws()).toEqual([]);
    await press('Choose others');
    await admin.page
      .getByTestId('files')
      .setInputFiles([{ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from('photo\n1.jpg') }, image]);
    await see('The table has no column “file”. Its first row must name its columns.');
  });

  test('shows everybody, and finds them as one types', async () => {
    await admin.go('People');
    await admin.page.getByRole('link', { name: /Ann Lee/ }).waitFor();
    await see('2 people');
    expect(await admin.flaws()).toEqual([]);
    await admin.page.getByLabel('Search people by name or id').fill('bo');
    await see('1 person found');
    await admin.page.getByLabel('Search people by name or id').fill('nobody');
    await see('Nobody is called that');
    await admin.page.getByLabel('Search people by name or id').fill('');
    await see('2 people');
  });

  test('jumps to a letter and back, and orders people by their faces', async () => {
    const person = (name: string) => admin.page.getByRole('link', { name: new RegExp(`^${name}`) });
    await press('Names from B');
    await person('Ann Lee').waitFor({ state: 'detached' });
    await person('Bo').waitFor();
    await press('From the beginning');
    await person('Ann Lee').waitFor();
    await admin.page.getByRole('combobox', { name: 'Order' }).click();
    await admin.page.getByRole('option', { name: 'Most faces first' }).click();
    await admin.page.getByRole('group', { name: 'Jump to a letter' }).waitFor({ state: 'detached' });
    await person('Bo').waitFor();
    await admin.page.goBack();
    await admin.go('People');
  });

  test('merges chosen people after showing what that does, and takes it back', async () => {
    const choose = (name: string) => admin.page.getByLabel(`Choose ${name}`);
    await choose('Ann Lee').click();
    await see('1 person chosen');
    await choose('Bo').click({ modifiers: ['Shift'] });
    await see('2 people chosen');
    expect(await admin.flaws()).toEqual([]);
    await press('Merge…');
    await see(/^2 faces become those of /);
    expect(await admin.flaws()).toEqual([]);
    await press('Merge them');
    await see('1 person');
    await press('Undo');
    await see('2 people');
  });

  test('renames a person, and moves a face to another and back', async () => {
    await admin.page.getByRole('link', { name: /Ann Lee/ }).click();
    await press('Rename or edit');
    await admin.page.getByLabel('Name').fill('Ann Lea');
    expect(await admin.flaws()).toEqual([]);
    await press('Save');
    await admin.page.getByRole('heading', { name: 'Ann Lea' }).waitFor();
    await admin.page.getByRole('checkbox').first().check();
    expect(await admin.flaws()).toEqual([]);
    await press('Move to…');
    await admin.page.getByRole('combobox', { name: 'Name' }).fill('Bo');
    await admin.page.getByRole('option', { name: /^Bo/ }).waitFor();
    expect(await admin.flaws()).toEqual([]);
    await admin.page.getByRole('option', { name: /^Bo/ }).click();
    await see(/^1 face moved to Bo/);
    await see(/^1 face · known/);
    await press('Undo');
    await see(/^2 faces · known/);
  });

  test('shows an image with every face in it', async () => {
    await admin.page
      .getByRole('link', { name: /open its image/ })
      .first()
      .click();
    await admin.page.getByRole('button', { name: 'Face: Ann Lea' }).waitFor();
    expect(await admin.flaws()).toEqual([]);
  });

  test('searches a frame of the camera', async () => {
    const frame = await sharp(partyPhoto(1)).resize(960, 640).jpeg().toBuffer();
    const camera = path.join(folder, 'camera.mjpeg');
    await writeFile(camera, Buffer.concat([frame, frame]));
    const kiosk = await AdminPage.open(executablePath!, platform.url, camera);
    try {
      await kiosk.signIn(tenant.api.key!);
      await kiosk.go('Search');
      await kiosk.page.getByRole('button', { name: 'Use the camera' }).click();
      await kiosk.page.getByRole('button', { name: 'Take it' }).click();
      await kiosk.page
        .getByRole('button', { name: /^Face: (Ann Lea|Bo)$/ })
        .first()
        .waitFor();
    } finally {
      await kiosk.close();
    }
  });

  test('searches a photograph, names who is known in it, and tells strangers apart', async () => {
    await admin.go('Search');
    expect(await admin.flaws()).toEqual([]);
    await admin.page.getByTestId('probe').setInputFiles(path.join(folder, 'party.jpg'));
    await admin.page
      .getByRole('button', { name: /^Face: (Ann Lea|Bo)$/ })
      .first()
      .waitFor();
    await see('What counts as a match');
    await admin.page
      .getByRole('button', { name: /^Face: (Ann Lea|Bo)$/ })
      .first()
      .click();
    await admin.page
      .getByRole('button', { name: /^(Ann Lea|Bo) / })
      .first()
      .click();
    await see('Their most similar face');
    await admin.page.getByAltText('The face of your photograph').waitFor();
    expect(await admin.flaws()).toEqual([]);
    await admin.page.getByTestId('probe').setInputFiles(path.join(folder, 'other.jpg'));
    await admin.page.getByRole('button', { name: 'Face: Unknown' }).first().waitFor();
  });

  test('adds a face of the photograph as somebody new, who is known at once', async () => {
    await admin.page.getByRole('button', { name: 'Face: Unknown' }).first().click();
    await press('Add this face as…');
    await admin.page.getByRole('combobox', { name: 'Name' }).fill('Dora');
    await admin.page.getByRole('option', { name: 'Somebody new: Dora' }).click();
    await see('It is a face of Dora now.');
    await admin.page.getByRole('button', { name: 'Face: Dora' }).waitFor();
  });

  test('says what to do where there is no camera', async () => {
    await press('Use the camera');
    await see(/has no camera|may not use the camera/);
    expect(await admin.flaws()).toEqual([]);
    await press('Cancel');
  });

  test('names unnamed faces by keyboard alone, and takes a name back', async () => {
    await admin.go('Unnamed faces');
    await admin.page.getByAltText('The face to name').waitFor();
    await see(/^Is this (Ann Lea|Bo)\?$/);
    expect(await admin.flaws()).toEqual([]);
    const left = async (): Promise<number> =>
      Number.parseInt(await admin.page.getByText(/left that nobody has named/).innerText(), 10);
    const before = await left();
    await admin.page.keyboard.press('n');
    await admin.page.getByRole('combobox', { name: 'Name' }).fill('Carla');
    await admin.page.getByRole('option', { name: 'Somebody new: Carla' }).waitFor();
    await admin.page.keyboard.press('Enter');
    await admin.page.getByRole('button', { name: 'Undo Carla' }).waitFor();
    expect(await left()).toBeLessThan(before);
    await admin.page.keyboard.press('u');
    await admin.page.getByRole('button', { name: 'Undo Carla' }).waitFor({ state: 'detached' });
    expect(await left()).toBe(before);
    await admin.page.keyboard.press('h');
    await admin.page.getByRole('button', { name: 'Undo stranger' }).click();
    await admin.page.getByRole('button', { name: 'Undo stranger' }).waitFor({ state: 'detached' });
    expect(await left()).toBe(before);
  });

  test('merges two persons after showing what that does, and takes it back from the history', async () => {
    await admin.go('People');
    await admin.page.getByRole('link', { name: /^Bo/ }).click();
    await press('Merge with…');
    await admin.page.getByRole('combobox', { name: 'Name' }).fill('Ann');
    await admin.page.getByRole('option', { name: /^Ann Lea/ }).click();
    await see(/^2 faces of Bo become those of Ann Lea, who keeps name and id\./);
    expect(await admin.flaws()).toEqual([]);
    await press('Merge them');
    await admin.page.getByRole('heading', { name: 'Ann Lea' }).waitFor();
    await see(/^4 faces · known/);
    await admin.page.getByText('History', { exact: true }).click();
    await see(/^Merged, 2 faces/);
    expect(await admin.flaws()).toEqual([]);
    const merged = admin.page.getByRole('listitem').filter({ hasText: 'Merged' });
    await merged.getByRole('button', { name: 'Undo', exact: true }).click();
    await see(/^2 faces · known/);
  });

  test('shows what became of each image of a job', async () => {
    await admin.go('Jobs');
    await press('Show images');
    await admin.page.getByRole('cell', { name: /other\.jpg/ }).waitFor();
    expect(await admin.flaws()).toEqual([]);
  });

  test('tells who searched, and when', async () => {
    await admin.go('Audit');
    await admin.page
      .getByRole('cell', { name: /^Searched for a face in visitors, \d+ found/ })
      .first()
      .waitFor();
    expect(await admin.flaws()).toEqual([]);
    await admin.page.getByRole('combobox', { name: 'What to show' }).click();
    await admin.page.getByRole('option', { name: 'Everything' }).click();
    await admin.page
      .getByRole('cell', { name: /^Merge persons/ })
      .first()
      .waitFor();
  });

  test('makes a key that may do less, shows it once, and ends it', async () => {
    await admin.go('Keys');
    await press('New key');
    await admin.page.getByLabel('Who or what it is for').fill('Front desk');
    await admin.page.getByRole('combobox', { name: 'In these collections only' }).click();
    await admin.page.getByRole('option', { name: 'visitors' }).click();
    await admin.page.getByLabel('From these networks only').fill('192.0.2.0/33');
    await press('Make it');
    await admin.page.getByRole('dialog').getByRole('alert').waitFor();
    await admin.page.getByLabel('From these networks only').fill('192.0.2.0/24 198.51.100.7');
    await admin.page.getByLabel('I am not in these networks').check();
    expect(await admin.flaws()).toEqual([]);
    await press('Make it');
    await see(/^lk_live_/);
    expect(await admin.flaws()).toEqual([]);
    await press('I have kept it');
    const card = admin.page.getByRole('article', { name: 'Key Front desk' });
    await card.getByText('in one collection only').waitFor();
    await card.getByText('from 2 networks only').waitFor();
    await card.getByRole('button', { name: 'End' }).click();
    await press('End it');
    await admin.page.getByText('Keys that have ended (1)').waitFor();
  });

  test('shows what was used, day by day', async () => {
    await admin.go('Usage');
    const searches = admin.page.getByRole('region', { name: 'Searches' });
    await searches.getByRole('heading', { name: /^[1-9]/ }).waitFor();
    await searches.getByRole('img', { name: /^Searches: \d+ in 30 days, at most \d+, on / }).waitFor();
    expect(await admin.flaws()).toEqual([]);
    const saved = admin.page.waitForEvent('download');
    await press('Save as a table');
    const table = await readFile(await (await saved).path(), 'utf8');
    expect(table.split('\n')[0]).toBe('day,searches,facesAnalyzed,imagesEnrolled,uploads,uploadedBytes,storedBytes');
    expect(table.trim().split('\n')).toHaveLength(31);
  });

  test('publishes a collection as a gallery, in which another tenant looks people up until it is ended', async () => {
    const studio = await createTenant(platform.operator, 'Studio');
    await admin.go('Galleries');
    await see('Whoever shares a gallery with you needs your id:');
    await press('Publish a collection');
    await admin.page.getByRole('dialog').getByRole('combobox', { name: 'Collection' }).click();
    await admin.page.getByRole('option', { name: 'visitors' }).click();
    await admin.page.getByRole('switch', { name: /^Show one face/ }).check();
    expect(await admin.flaws()).toEqual([]);
    await press('Publish it');
    const card = admin.page.getByRole('article', { name: 'visitors' });
    await card.getByRole('button', { name: 'Share' }).click();
    await admin.page.getByLabel('The other tenant’s id').fill('00000000-0000-7000-8000-000000000000');
    await press('Share it');
    await admin.page.getByRole('dialog').getByRole('alert').waitFor();
    await admin.page.getByLabel('The other tenant’s id').fill(studio.id);
    await admin.page.getByLabel('What you call them').fill('The studio');
    await press('Share it');
    await card.getByRole('cell', { name: 'The studio' }).waitFor();
    expect(await admin.flaws()).toEqual([]);

    const other = await AdminPage.open(executablePath!, platform.url);
    try {
      await other.signIn(studio.api.key!);
      await other.go('Galleries');
      await other.page.getByTestId('probe').setInputFiles(path.join(folder, 'people', 'Bo', 'one.jpg'));
      const found = other.page.getByRole('article', { name: 'Bo' });
      await found.getByRole('img', { name: 'A face of Bo' }).waitFor();
      expect(
        await found.getByRole('img').evaluate((image) => 'naturalWidth' in image && image.naturalWidth),
      ).toBeGreaterThan(50);
      expect(await other.flaws()).toEqual([]);
      await card.getByRole('button', { name: 'Stop sharing' }).click();
      await admin.page.getByRole('dialog').getByRole('button', { name: 'Stop sharing' }).click();
      await card.getByText(/^ended .* by you$/).waitFor();
      await other.page.getByTestId('probe').setInputFiles(path.join(folder, 'party.jpg'));
      await other.page.getByRole('alert').waitFor();
    } finally {
      await other.close();
    }
  });

  test('takes nothing from anywhere else, and met no error', () => {
    expect(admin.problems).toEqual([]);
  });

  test('signs in on the spot when the session ends, and goes on where one was', async () => {
    await admin.go('People');
    await admin.page.getByRole('link', { name: /Ann Lea/ }).click();
    await admin.page.evaluate(
      `fetch('session/end', { method: 'POST', headers: { 'content-type': 'application/json', 'apollo-require-preflight': '1' }, body: '{}' })`,
    );
    await press('Rename or edit');
    await admin.page.getByLabel('Name').fill('Ann Leigh');
    await press('Save');
    await see('You have been signed out');
    expect(await admin.flaws()).toEqual([]);
    await admin.signIn(tenant.api.key!);
    await admin.page.getByText('You have been signed out').waitFor({ state: 'detached' });
    await press('Save');
    await admin.page.getByRole('heading', { name: 'Ann Leigh' }).waitFor();
  });

  test('comes back to where one was among many people, and to the same person', async () => {
    const collectionId = await tenant.createCollection({ name: 'many' });
    for (let first = 100; first < 230; first += 10) {
      await Promise.all(
        Array.from({ length: 10 }, (_, at) => tenant.createPerson(collectionId, `Somebody ${first + at}`)),
      );
    }
    await admin.page.goto(`${platform.url}/#/people/${collectionId}`);
    // On the second page of the list.
    const person = admin.page.getByRole('link', { name: /^Somebody 215/ });
    while (!(await person.isVisible())) {
      await admin.page.evaluate('window.scrollBy(0, 300)');
      await admin.page.waitForTimeout(50);
    }
    await person.scrollIntoViewIfNeeded();
    const top = async (): Promise<number> => {
      await admin.page.evaluate(
        'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
      );
      return Math.round((await person.boundingBox())!.y);
    };
    const before = await top();
    const scrolled = await admin.page.evaluate<number>('window.scrollY');
    expect(scrolled).toBeGreaterThan(2_000);
    await person.click();
    await admin.page.getByRole('heading', { name: 'Somebody 215' }).waitFor();
    expect(await admin.page.evaluate('window.scrollY')).toBe(0);
    await admin.page.goBack();
    await person.waitFor();
    expect(await top()).toBe(before);
    expect(await admin.page.evaluate('window.scrollY')).toBe(scrolled);
  });
});

suiteWhere(executablePath !== undefined)('the page for the operator', () => {
  let platform: TestPlatform;
  let admin: AdminPage;
  beforeAll(async () => {
    platform = await TestPlatform.start();
    admin = await AdminPage.open(executablePath!, platform.url);
  });
  afterAll(async () => {
    await admin?.close();
    await platform?.stop();
  });

  test('makes the first tenant and shows its key once, suspends it and deletes it', async () => {
    const { page } = admin;
    await admin.signIn(platform.operator.key!);
    await page.getByText('Make the first tenant').waitFor();
    expect(await admin.flaws()).toEqual([]);
    await page.getByRole('button', { name: 'Make a tenant' }).click();
    await page.getByLabel('Name').fill('Museum');
    await page.getByRole('button', { name: 'Make it' }).click();
    const secret = await page.getByText(/^lk_live_/).innerText();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    const card = page.getByRole('article', { name: 'Museum' });
    await card.waitFor();
    expect(await admin.flaws()).toEqual([]);
    await card.getByRole('button', { name: 'Name and limits' }).click();
    await page.getByLabel('People', { exact: true }).fill('500');
    await page.getByText('How much in an hour').click();
    await page.getByLabel('Searches an hour').fill('1000');
    expect(await admin.flaws()).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await card.getByText(/at most 500 people/).waitFor();
    await card.getByRole('link', { name: 'Usage' }).click();
    await page.getByRole('heading', { name: 'Usage of Museum' }).waitFor();
    await page.getByText('Nothing was used in this time').waitFor();
    await page.goBack();
    await card.getByRole('button', { name: 'Suspend' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
    await card.getByRole('button', { name: 'Resume' }).click();
    await card.getByRole('button', { name: 'Suspend' }).waitFor();
    await card.getByRole('button', { name: 'Delete' }).click();
    await page.getByLabel('Type Museum to confirm').fill('Museum');
    await page.getByRole('button', { name: 'Delete everything' }).click();
    await page.getByText(/^(Being deleted|Make the first tenant)$/).waitFor();
    expect(secret).toMatch(/^lk_live_/);
    expect(admin.problems).toEqual([]);
  });

  test('signs in by the address with a code, once, which then is in the address no more', async () => {
    const key = platform.operator.key!;
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'apollo-require-preflight': '1',
    };
    const answer = await fetch(`${platform.url}/session/code`, { method: 'POST', headers, body: '{}' });
    const { code } = (await answer.json()) as { code: string };
    const other = await AdminPage.open(executablePath!, `${platform.url}/#code=${code}`);
    try {
      await other.page.getByRole('heading', { name: 'Tenants' }).waitFor();
      expect(other.page.url()).not.toContain(code);
    } finally {
      await other.close();
    }
    const again = await AdminPage.open(executablePath!, `${platform.url}/#code=${code}`);
    try {
      await again.page.getByText(/has been used or is older than a minute/).waitFor();
    } finally {
      await again.close();
    }
  });
});
