import { addressHere } from '../../packages/admin/src/pure/addresses';
import { placeAfter, rangeLike, toggled } from '../../packages/admin/src/pure/choice';
import { openGroups, unnamedOf } from '../../packages/admin/src/pure/face-groups';
import { readTable } from '../../packages/admin/src/pure/csv-table';
import { gridOf } from '../../packages/admin/src/pure/grid';
import { nameOfFolder, planImport } from '../../packages/admin/src/pure/import-plan';
import { labelSide, styleOf } from '../../packages/admin/src/pure/label-places';
import { NEW_CHAIN, PAGE_SIZE, pagesOf, rowsOf, withPage } from '../../packages/admin/src/pure/people-pages';
import { codeOf, hrefOf, placeOf } from '../../packages/admin/src/pure/routes';
import { frameOf, squareAround } from '../../packages/admin/src/pure/square';
import { changedLimits, typedOf } from '../../packages/admin/src/pure/tenant-limits';
import { csvOf, everyDay, periodOf, totalOf } from '../../packages/admin/src/pure/usage-days';
import { count, qualityOf, size, strangers, when } from '../../packages/admin/src/pure/words';

describe('what becomes of dropped files', () => {
  const file = (path: string, bytes = 1_000) => ({ path, bytes });
  const plan = (paths: readonly string[], folderIsPerson = true) =>
    planImport(
      paths.map((path) => file(path)),
      { folderIsPerson },
    );

  it('makes a person of each folder', () => {
    const { files, people } = plan(['Ann_Lee/1.jpg', 'Ann_Lee/2.PNG', 'Bo/x.webp']);
    expect(files.map(({ person }) => person)).toEqual(['Ann Lee', 'Ann Lee', 'Bo']);
    expect(people).toEqual(['Ann Lee', 'Bo']);
  });

  it('passes over the one folder that holds the folders of people', () => {
    const { files } = plan(['people/Ann/1.jpg', 'people/Bo/older/1.jpg', 'people/loose.jpg']);
    expect(files.map(({ person }) => person)).toEqual(['Ann', 'Bo', null]);
  });

  it('takes a folder of images alone as one person', () => {
    expect(plan(['Ann/1.jpg', 'Ann/2.jpg']).people).toEqual(['Ann']);
  });

  it('names nobody where folders are no people, or there is none', () => {
    expect(plan(['Ann/1.jpg'], false).files[0]?.person).toBeNull();
    expect(plan(['1.jpg']).files[0]?.person).toBeNull();
  });

  it('leaves out what cannot be added, each with its reason, and nothing else', () => {
    const { files, leftOut } = planImport(
      [
        file('a.heic'),
        file('b.txt'),
        file('c.jpg', 0),
        file('d.jpg', 1024 ** 3),
        file('e.jpg'),
        file('.DS_Store'),
        file('noending'),
      ],
      { folderIsPerson: true },
    );
    expect(files.map(({ path }) => path)).toEqual(['e.jpg']);
    expect(leftOut.map(({ file: { path }, reason }) => `${path}: ${reason}`)).toEqual([
      'a.heic: HEIC images cannot be read. Save it as JPEG, PNG or WebP.',
      'b.txt: This is no image. JPEG, PNG and WebP can be added.',
      'c.jpg: The file is empty.',
      'd.jpg: It has 1024 MB; an image may have 15. Save it smaller.',
      'noending: This is no image. JPEG, PNG and WebP can be added.',
    ]);
  });

  it('composes names, and keeps them short enough', () => {
    expect(nameOfFolder('Ju\u0308rgen__Bo')).toBe('Jürgen Bo');
    expect(nameOfFolder('x'.repeat(400))).toHaveLength(255);
  });
});

describe('places', () => {
  it('are written and read', () => {
    const href = hrefOf('people', 'a/b', { text: 'Ann & Bo', sort: undefined });
    expect(href).toBe('#/people/a%2Fb?text=Ann+%26+Bo');
    expect(placeOf(href)).toEqual({ screen: 'people', id: 'a/b', query: { text: 'Ann & Bo' } });
  });

  it.each(['', '#', '#/nonsense', '#/people/%E0%A4%A'])('are none that fails: %s', (hash) => {
    expect(() => placeOf(hash)).not.toThrow();
  });

  it('may bring a code, and nothing else counts as one', () => {
    expect(codeOf(`#code=${'a'.repeat(43)}`)).toBe('a'.repeat(43));
    expect(codeOf('#code=<script>')).toBeUndefined();
    expect(codeOf('#/people')).toBeUndefined();
  });
});

test('signed addresses are reached by the origin and the path of the page', () => {
  const signed = 'http://127.0.0.1:4000/faces/t/1?expires=5&signature=ab-c';
  expect(addressHere(signed, 'https://x.example/')).toBe('https://x.example/faces/t/1?expires=5&signature=ab-c');
  expect(addressHere(signed, 'https://x.example/app/')).toBe(
    'https://x.example/app/faces/t/1?expires=5&signature=ab-c',
  );
  const cover = 'http://127.0.0.1:4000/covers/t/grant/sealed?expires=5';
  expect(addressHere(cover, 'https://x.example/app/')).toBe('https://x.example/app/covers/t/grant/sealed?expires=5');
});

test('names stay on the image', () => {
  const box = { left: 0.25, top: 0.5, width: 0.1, height: 0.2 };
  expect(labelSide(box)).toBe('below');
  expect(labelSide({ ...box, top: 0.8 })).toBe('above');
  expect(labelSide({ ...box, top: 0.05, height: 0.9 })).toBe('inside');
  expect(styleOf(box)).toEqual({ left: '25.000%', top: '50.000%', width: '10.000%', height: '20.000%' });
});

test('a grid has at least two columns, and rows as high as they are wide with their names', () => {
  expect(gridOf(0).columns).toBe(2);
  expect(gridOf(358)).toEqual({ columns: 2, rowHeight: 251 });
  expect(gridOf(1_000).columns).toBe(6);
});

describe('words', () => {
  it('count', () => {
    expect(count(1, 'face')).toBe('1 face');
    expect(count(1_200, 'person', 'people')).toBe('1,200 people');
    expect(size(500)).toBe('1 KB');
    expect(size(3 * 1024 * 1024)).toBe('3.0 MB');
  });

  it('say how often a stranger passes', () => {
    expect(strangers(0.01)).toBe('about 1 in 100');
    expect(strangers(0.00031)).toBe('about 1 in 3,200');
    expect(strangers(0)).toBe('never');
    expect(strangers(0.9)).toBe('nearly always');
  });

  it('say when', () => {
    const now = Date.parse('2026-11-28T12:00:00Z');
    expect(when('2026-11-28T11:59:50Z', now)).toBe('just now');
    expect(when('2026-11-28T09:00:00Z', now)).toBe('3 hours ago');
    expect(when('2026-11-29T12:00:00Z', now)).toBe('tomorrow');
  });

  it('say how good a face is', () => {
    expect([90, 60, 30, 5].map((score) => qualityOf(score).word)).toEqual(['Very good', 'Good', 'Fair', 'Poor']);
  });
});

describe('faces that nobody has named', () => {
  type Clusters = Parameters<typeof unnamedOf>[0];
  type Group = Omit<Clusters['groups'][number], 'faces'>;
  type Suggested = Parameters<typeof unnamedOf>[1];
  const near = (displayName: string, similarity: number) => ({
    similarity,
    person: { id: displayName.toLowerCase(), displayName },
  });
  const shown = (id: string) => ({ id, cropUrl: `/crops/${id}`, image: { id } });
  const unnamed = (
    { groups = [], messyGroup = [] }: { groups?: Group[]; messyGroup?: string[] },
    suggestions: Readonly<Record<string, ReturnType<typeof near>>> = {},
  ) =>
    unnamedOf(
      { groups: groups.map((group) => ({ ...group, faces: group.faceIds.map(shown) })), messyGroup, isCut: false },
      Object.entries(suggestions).map(([id, one]) => ({ face: { id }, ...one })) as unknown as Suggested,
    );
  const brief = (groups: ReturnType<typeof openGroups>) =>
    groups.map(({ faceIds, nearest }) => `${faceIds.join('+')} ${nearest?.displayName ?? '-'}`);

  it('come in groups, then alone, those first whom somebody resembles most', () => {
    const groups = [
      { size: 3, faceIds: ['a', 'b', 'c'], nearest: near('Ann', 96) },
      { size: 2, faceIds: ['d', 'e'], nearest: near('Bo', 49) },
    ];
    const all = unnamed({ groups, messyGroup: ['f', 'g', 'h'] }, { h: near('Ann', 90), g: near('Bo', 95) });
    expect(brief(openGroups(all, new Set()))).toEqual(['a+b+c Ann', 'd+e -', 'g Bo', 'h Ann', 'f -']);
    // What a group looks like came with it.
    expect(['a', 'e', 'g', 'f'].map((id) => all.faces.has(id))).toEqual([true, true, true, false]);
  });

  it('that are left of a group are asked about with whom they resemble themselves, one alone after the groups', () => {
    const groups = [
      { size: 3, faceIds: ['a', 'b', 'c'], nearest: near('Ann', 96) },
      { size: 2, faceIds: ['d', 'e'], nearest: null },
    ];
    const all = unnamed({ groups }, { a: near('Ann', 96), b: near('Bo', 60), c: near('Cleo', 70) });
    expect(brief(openGroups(all, new Set(['a'])))).toEqual(['b+c Cleo', 'd+e -']);
    expect(brief(openGroups(all, new Set(['a', 'c'])))).toEqual(['d+e -', 'b Bo']);
  });

  it('are never named unseen: a large group comes in portions', () => {
    const faceIds = Array.from({ length: 90 }, (_, at) => `f${at}`);
    const all = unnamed({ groups: [{ size: 90, faceIds, nearest: near('Ann', 96) }] }, { f50: near('Ann', 96) });
    expect(openGroups(all, new Set()).map((group) => group.faceIds.length)).toEqual([40, 40, 10]);
    expect(openGroups(all, new Set()).flatMap((group) => group.faceIds)).toEqual(faceIds);
    expect(openGroups(all, new Set()).map(({ nearest }) => nearest?.displayName)).toEqual([
      undefined,
      'Ann',
      undefined,
    ]);
  });

  it('are chosen one by one or as a range that follows its first', () => {
    const ids = ['a', 'b', 'c', 'd'];
    const chosen = toggled(new Set(ids), 'b');
    expect([...chosen]).toEqual(['a', 'c', 'd']);
    expect([...rangeLike(ids, chosen, 1, 3)]).toEqual(['a']);
    expect([...rangeLike(ids, chosen, 3, 0)].sort()).toEqual(ids);
    expect([...toggled(chosen, 'b')].sort()).toEqual(ids);
  });

  it('are reached by the arrow keys, and never beyond the ends', () => {
    expect(
      ['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp', 'Home', 'End'].map((key) => placeAfter(key, 4, 3, 7)),
    ).toEqual([5, 3, 6, 1, 0, 6]);
    expect(placeAfter('ArrowUp', 1, 3, 7)).toBe(0);
    expect(placeAfter('a', 1, 3, 7)).toBeUndefined();
  });
});

describe('a table beside dropped images', () => {
  it('is read as people write tables: quotes, line ends, semicolons, a mark of bytes', () => {
    const text =
      '\ufefffile,name,externalId,metadata.team\r\n"a, b.jpg","Ann ""A"" Lee",7,blue\r\n\r\n.\\x\\2.jpg,,,\n';
    expect(readTable(text)).toEqual([
      { file: 'a, b.jpg', name: 'Ann "A" Lee', externalId: '7', metadata: { team: 'blue' } },
      { file: 'x/2.jpg', name: '', externalId: '', metadata: {} },
    ]);
    expect(readTable('file;name\n1.jpg;Zoe\u0308')).toEqual([
      { file: '1.jpg', name: 'Zo\u00eb', externalId: '', metadata: {} },
    ]);
  });

  it('says what is wrong with it', () => {
    expect(() => readTable('photo,name\n1.jpg,Ann')).toThrow('no column “file”');
    expect(() => readTable('file,person\n1.jpg,Ann')).toThrow('person');
    expect(() => readTable('file,name\n"1.jpg,Ann')).toThrow('is a quote missing?');
    expect(readTable('file')).toEqual([]);
  });

  it('says whose images are, wherever it lies, and what it does not list is left out', () => {
    const table = readTable('file,name,externalId\nin/1.jpg,Ann,\n2.jpg,,\n3.jpg,,emp-3\n4.jpg,Gone,');
    const dropped = ['set/list.csv', 'set/in/1.jpg', 'set/2.jpg', 'set/3.jpg', 'set/other.jpg'];
    const { files, leftOut, missing, people } = planImport(
      dropped.map((path) => ({ path, bytes: 9 })),
      { folderIsPerson: true, table },
    );
    expect(files.map(({ path, person }) => [path, person])).toEqual([
      ['set/in/1.jpg', 'Ann'],
      ['set/2.jpg', null],
      ['set/3.jpg', 'emp-3'],
    ]);
    expect(people).toEqual(['Ann', 'emp-3']);
    expect(missing).toEqual(['4.jpg']);
    expect(leftOut.map(({ file, reason }) => `${file.path} ${reason}`)).toEqual([
      'set/other.jpg The table does not list it.',
    ]);
  });

  it('and ten thousand files, one of a gigabyte and a folder without images are judged before anything is sent', () => {
    const many = Array.from({ length: 10_000 }, (_, n) => ({ path: `p${n % 500}/${n}.jpg`, bytes: 1_000 }));
    expect(planImport(many, { folderIsPerson: true }).people).toHaveLength(500);
    const huge = planImport([{ path: 'a/huge.jpg', bytes: 2 ** 30 }], { folderIsPerson: true });
    expect(huge.leftOut[0]!.reason).toContain('It has 1024 MB; an image may have 15.');
    const none = planImport(
      ['a.txt', 'b.pdf', 'c'].map((path) => ({ path, bytes: 1 })),
      { folderIsPerson: true },
    );
    expect([none.files.length, none.leftOut.length]).toEqual([0, 3]);
  });
});

describe('a list that is fetched page by page', () => {
  const full = (index: number, next: string | null) => ({ index, rows: PAGE_SIZE, next });

  it('can be gone through as far as a page has said where the next one begins, and no further than it is long', () => {
    expect(rowsOf(NEW_CHAIN)).toBe(PAGE_SIZE);
    expect(rowsOf(NEW_CHAIN, 3)).toBe(3);
    const two = withPage(NEW_CHAIN, full(0, 'a'));
    expect(two.cursors).toEqual([null, 'a']);
    expect(rowsOf(two)).toBe(2 * PAGE_SIZE);
    const ended = withPage(two, { index: 1, rows: 7, next: null });
    expect(rowsOf(ended)).toBe(PAGE_SIZE + 7);
    expect(withPage(ended, { index: 1, rows: 7, next: null })).toBe(ended);
    expect(withPage(ended, full(0, 'a'))).toBe(ended);
  });

  it('asks anew for what came after a place that has changed, and forgets where it ended', () => {
    const three = [full(0, 'a'), full(1, 'b'), { index: 2, rows: 1, next: null }].reduce(withPage, NEW_CHAIN);
    const changed = withPage(three, full(0, 'x'));
    expect(changed.cursors).toEqual([null, 'x']);
    expect(changed.length).toBeUndefined();
    // A page that came after the old place says nothing of the new one.
    expect(withPage(changed, full(2, 'c'))).toBe(changed);
  });

  it('fetches the pages in sight and the next one', () => {
    const four = ['a', 'b', 'c'].map((next, index) => full(index, next)).reduce(withPage, NEW_CHAIN);
    expect(pagesOf(four, 0, 20)).toEqual([0, 1]);
    expect(pagesOf(four, PAGE_SIZE - 1, PAGE_SIZE)).toEqual([0, 1, 2]);
    expect(pagesOf(four, 3 * PAGE_SIZE, 3 * PAGE_SIZE + 5)).toEqual([3]);
  });
});

describe('the square around a face', () => {
  const image = { width: 400, height: 200 };

  it('has the face in its middle, and may reach beyond the image', () => {
    const box = { left: 0.25, top: 0.25, width: 0.25, height: 0.5 };
    expect(squareAround(box, image, 0)).toEqual({ left: 100, top: 50, side: 100 });
    expect(squareAround(box, image, 0.5)).toEqual({ left: 50, top: 0, side: 200 });
    expect(squareAround({ ...box, left: 0 }, image, 0.5).left).toBe(-50);
  });

  it('is what a frame of its size shows of the image', () => {
    const box = { left: 0.25, top: 0.25, width: 0.25, height: 0.5 };
    const { side, left, top } = squareAround(box, image);
    const frame = frameOf(box, image);
    expect(Number.parseFloat(frame.width)).toBeCloseTo((400 / side) * 100, 2);
    expect(Number.parseFloat(frame.left)).toBeCloseTo((-left / side) * 100, 2);
    expect(Number.parseFloat(frame.top)).toBeCloseTo((-top / side) * 100, 2);
  });
});

describe('usage by day', () => {
  const now = Date.parse('2026-03-02T15:00:00Z');
  const period = periodOf(3, now);
  const used = { searches: 2, facesAnalyzed: 5, imagesEnrolled: 1, uploads: 1, uploadedBytes: 10, storedBytes: 5 };

  it('ends with the day that it is, and fills in the days without use', () => {
    expect(period).toEqual({ from: '2026-02-28T00:00:00.000Z', to: '2026-03-03T00:00:00.000Z' });
    const days = everyDay([{ day: '2026-03-01T00:00:00.000Z', ...used }], period);
    expect(days.map(({ day, searches }) => [day.slice(0, 10), searches])).toEqual([
      ['2026-02-28', 0],
      ['2026-03-01', 2],
      ['2026-03-02', 0],
    ]);
    expect(totalOf(days, 'facesAnalyzed')).toBe(5);
  });

  it('is a table for a spreadsheet', () => {
    expect(csvOf([{ day: '2026-03-01T00:00:00.000Z', ...used }])).toBe(
      'day,searches,facesAnalyzed,imagesEnrolled,uploads,uploadedBytes,storedBytes\n2026-03-01,2,5,1,1,10,5\n',
    );
  });
});

describe('limits of a tenant', () => {
  const before = { maxPersons: 10, maxFaces: null };

  it('sends those that were changed, and an empty field as no limit', () => {
    const typed = { ...typedOf(before), maxPersons: '', maxFaces: 500 };
    expect(changedLimits(typed, before)).toEqual({ maxPersons: null, maxFaces: 500 });
    expect(changedLimits(typedOf(before), before)).toEqual({});
  });
});
