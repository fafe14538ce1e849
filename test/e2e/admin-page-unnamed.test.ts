import { FaceDocument, FacesDocument } from '@likeness/client';
import { createTenant, type TestTenant } from '../factories/tenant';
import { AdminPage } from '../fixtures/admin-page';
import { findBrowser } from '../fixtures/browser';
import { suiteWhere } from '../fixtures/needs';
import { cutOut, partyPhoto, variant, type Box } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';

const executablePath = findBrowser('The page');

jest.setTimeout(120_000);

suiteWhere(executablePath !== undefined)('unnamed faces on the page', () => {
  let platform: TestPlatform;
  let tenant: TestTenant;
  let collectionId: string;
  let admin: AdminPage;
  /** Photographs of nobody, by whom they show, the oldest first. */
  let faceIds: Record<'Ann' | 'Bo', string[]>;

  beforeAll(async () => {
    platform = await TestPlatform.start();
    tenant = await createTenant(platform.operator, 'Museum');
    collectionId = await tenant.createCollection({ name: 'visitors' });
    const { faces } = await tenant.detect(partyPhoto(1));
    const fromLeft = [...faces].sort((a, b) => a.boundingBox.left - b.boundingBox.left);
    faceIds = { Ann: [], Bo: [] };
    for (const [index, name] of (['Ann', 'Bo'] as const).entries()) {
      const portrait = await cutOut(partyPhoto(1), fromLeft[index]!.boundingBox as Box);
      await tenant.enrollPerson(collectionId, portrait, name);
      // Three of Ann, so that hers is the largest group, and two of Bo.
      for (let step = 1; step <= 3 - index; step += 1) {
        const image = { uploadId: await tenant.upload(await variant(portrait, step)) };
        const job = await tenant.enroll(collectionId, [{ image }]);
        faceIds[name].push(job.items.nodes[0].faceRecords[0].id as string);
      }
    }
    admin = await AdminPage.open(executablePath!, platform.url);
    await admin.signIn(tenant.api.key!);
    await admin.page.getByRole('heading', { name: 'Museum' }).waitFor();
  });
  afterAll(async () => {
    await admin?.close();
    await platform?.stop();
  });

  const heading = (name: string | RegExp) => admin.page.getByRole('heading', { level: 2, name });
  /** Waits until a group is shown and something can be said of it. */
  const group = async (size: number): Promise<void> => {
    await heading(`${size} faces that look alike`).waitFor();
    await admin.page.getByRole('option', { name: `Face 1 of ${size}` }).waitFor();
    await admin.page.getByRole('button', { name: /^Skip/, disabled: false }).waitFor();
  };
  const undo = (name: string) => admin.page.getByRole('button', { name: `Undo ${name}` });
  const left = async (): Promise<number> =>
    Number.parseInt(await admin.page.getByText(/left that nobody has named/).innerText(), 10);
  const key = (name: string): Promise<void> => admin.page.keyboard.press(name);
  const known = async (id: string) => {
    const { face } = await tenant.api.likeness.request(FaceDocument, { id });
    return { name: face?.person?.displayName, by: face?.assignedBy, hiddenAs: face?.hiddenAs };
  };
  const unnamed = async (): Promise<string[]> => {
    const filter = { collectionId, assigned: false };
    const { faces } = await tenant.api.likeness.request(FacesDocument, { filter });
    return faces.nodes.map(({ id }) => id).sort();
  };

  test('come in groups, the largest first, each with whom it resembles most, and with its faces', async () => {
    const asked: string[] = [];
    admin.page.on('request', (request) => asked.push(request.postData()?.match(/query Face\(/)?.[0] ?? ''));
    await admin.go('Unnamed faces');
    await group(3);
    await heading('Is this Ann?').waitFor();
    expect(await admin.page.getByRole('option', { selected: true }).count()).toBe(3);
    expect(await left()).toBe(5);
    expect(asked.filter(Boolean)).toEqual([]);
    expect(await admin.flaws()).toEqual([]);
  });

  test('lose one that is taken out of its group, by key, range or click, and the others are named by one key', async () => {
    const { page } = admin;
    const selected = async (): Promise<boolean[]> => {
      const all = await page.getByRole('option').all();
      return Promise.all(all.map(async (one) => (await one.getAttribute('aria-selected')) === 'true'));
    };
    await page.getByRole('option', { name: 'Face 1 of 3' }).focus();
    await key('ArrowRight');
    await key('Space');
    expect(await selected()).toEqual([true, false, true]);
    await key('Shift+ArrowRight');
    expect(await selected()).toEqual([true, false, false]);
    await page.getByText('For 1 of 3 faces; the others come afterwards').waitFor();
    await page.getByRole('option', { name: 'Face 2 of 3' }).click();
    await page.getByRole('option', { name: 'Face 3 of 3' }).click({ modifiers: ['Shift'] });
    expect(await selected()).toEqual([true, true, true]);
    await page.getByRole('option', { name: 'Face 1 of 3' }).click();
    expect(await selected()).toEqual([false, true, true]);
    expect(await admin.flaws()).toEqual([]);
    await key('y');
    await undo('Ann').waitFor();
    expect(await left()).toBe(3);
    expect(await known(faceIds.Ann[0]!)).toMatchObject({ name: undefined });
    for (const id of faceIds.Ann.slice(1)) expect(await known(id)).toMatchObject({ name: 'Ann', by: 'SUGGESTION' });
    await key('u');
    await undo('Ann').waitFor({ state: 'detached' });
    await group(3);
    expect(await unnamed()).toEqual([...faceIds.Ann, ...faceIds.Bo].sort());
  });

  test('of two photographs of somebody known are confirmed by one key', async () => {
    await key('s');
    await group(2);
    await heading('Is this Bo?').waitFor();
    await key('y');
    await undo('Bo').waitFor();
    for (const id of faceIds.Bo) expect(await known(id)).toMatchObject({ name: 'Bo', by: 'SUGGESTION' });
    await admin.page.getByText('You have seen these').waitFor();
    expect(await left()).toBe(3);
    await key('u');
    await heading('Is this Bo?').waitFor();
    await group(2);
    for (const id of faceIds.Bo) expect(await known(id)).toMatchObject({ name: undefined });
  });

  test('are not suggested again for whom they were said not to be, until that is taken back', async () => {
    await key('r');
    await undo('not Bo').waitFor();
    await group(2);
    expect(await heading('Is this Bo?').count()).toBe(0);
    await key('u');
    await heading('Is this Bo?').waitFor();
    await group(2);
    await key('r');
    await heading('Is this Bo?').waitFor({ state: 'detached' });
    // The rejected stay unnamed; whoever comes back to them is not asked about Bo again.
    await admin.go('People');
    await admin.go('Unnamed faces');
    await heading('Is this Ann?').waitFor();
    await group(3);
    await key('s');
    await heading(/^(Perhaps Ann\?|Nobody who is known looks like this)$/).waitFor();
    expect(await heading(/Bo\?$/).count()).toBe(0);
    await group(2);
    expect(await admin.flaws()).toEqual([]);
    expect(await unnamed()).toHaveLength(5);
  });

  test('are asked about again after a skip, and after what was said of them was taken back', async () => {
    await undo('skip').click();
    await heading('Is this Ann?').waitFor();
    await group(3);
    await key('x');
    await undo('no face').waitFor();
    expect((await known(faceIds.Ann[0]!)).hiddenAs).toBe('NOT_A_FACE');
    expect(await left()).toBe(2);
    await key('u');
    await undo('no face').waitFor({ state: 'detached' });
    await group(3);
    expect((await known(faceIds.Ann[0]!)).hiddenAs).toBeNull();
  });

  test('are followed by the next group, and may get a name that is new', async () => {
    await key('y');
    await group(2);
    await key('n');
    await admin.page.getByRole('combobox', { name: 'Name' }).fill('Cleo');
    await admin.page.getByRole('option', { name: 'Somebody new: Cleo' }).waitFor();
    await key('Enter');
    await admin.page.getByText('Every face has a name').waitFor();
    for (const id of faceIds.Ann) expect(await known(id)).toMatchObject({ name: 'Ann', by: 'SUGGESTION' });
    for (const id of faceIds.Bo) expect((await known(id)).name).toBe('Cleo');
    expect(await unnamed()).toEqual([]);
  });

  test('are taken back one step after the other, by key, where none is left', async () => {
    await key('u');
    await undo('Ann').waitFor();
    await group(2);
    await key('u');
    await group(3);
    expect(await unnamed()).toEqual([...faceIds.Ann, ...faceIds.Bo].sort());
    expect(admin.problems).toEqual([]);
  });
});
