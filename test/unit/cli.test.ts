import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { completionOf } from '../../packages/cli/src/commands/completion';
import { listCsv } from '../../packages/cli/src/import/csv';
import { listFaces } from '../../packages/cli/src/import/face-list';
import { listFolder } from '../../packages/cli/src/import/folder';
import { factsOf, Journal } from '../../packages/cli/src/import/journal';
import { tableOf } from '../../packages/cli/src/output';
import { createProgram } from '../../packages/cli/src/program';

type Program = ReturnType<typeof createProgram>;

const programOf = (): Program => {
  const stream = new PassThrough();
  const { signal } = new AbortController();
  return createProgram({ environment: {}, stdin: stream, stdout: stream, stderr: stream, signal }, () => undefined);
};

/** The full names of all commands that do something themselves. */
function namesOf(command: Program, before: readonly string[] = []): string[] {
  return command.commands.flatMap((one) => {
    const path = [...before, one.name()];
    return one.commands.length > 0 ? namesOf(one, path) : [path.join(' ')];
  });
}

describe('the command line', () => {
  let folder: string;
  const write = (name: string, text = 'bytes'): string => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'likeness-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('docs/cli.md has a row for each command', () => {
    const [, table = ''] = readFileSync(path.join(__dirname, '../../docs/cli.md'), 'utf8').split('test:commands -->');
    const told = [...table.split('\n## ')[0]!.matchAll(/^\| `([a-z -]+)`/gm)].map(([, name]) => name);
    expect(told).toEqual(namesOf(programOf()));
  });

  test('completes commands and options in bash', () => {
    const script = completionOf(programOf(), 'bash');
    const complete = (...words: string[]): string[] => {
      const line = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
      const { stdout } = spawnSync('bash', [
        '-c',
        `${script}\n${line}\n_likeness_complete\nprintf '%s\\n' "\${COMPREPLY[@]}"`,
      ]);
      return String(stdout).split('\n').filter(Boolean);
    };
    expect(complete('likeness', 'per')).toContain('persons');
    expect(complete('likeness', 'persons', 'li')).toEqual(['list']);
    expect(complete('likeness', 'import', 'somewhere', '--coll')).toEqual(['--collection']);
  });

  describe('a listing of another system', () => {
    const amazon = (...faces: object[]): string => JSON.stringify({ Faces: faces, FaceModelVersion: '7.0' });
    const face = (imageId: string, externalImageId: string, more: object = {}) => ({
      FaceId: imageId,
      BoundingBox: { Width: 0.2, Height: 0.3, Left: 0.1, Top: 0.1 },
      ImageId: imageId,
      ExternalImageId: externalImageId,
      Confidence: 99.9,
      ...more,
    });
    const listed = (text: string, more: object = {}) =>
      listFaces(write('faces.json', text), { images: path.join(folder, 'images'), unnamed: false, ...more });

    test('of Rekognition takes images by their external ids, and persons by user, or by the same', () => {
      for (const name of ['Ann_Lee.jpg', 'photo-2.png', 'both.jpg']) write(`images/${name}`);
      const text = amazon(
        face('1', 'Ann_Lee'),
        face('2', 'photo-2.png', { UserId: 'bob' }),
        face('3', 'both.jpg'),
        face('3', 'both.jpg'),
        face('4', 'gone.jpg'),
        face('5', '../faces.json'),
      );
      const listing = listed(text);
      expect(listing.files.map(({ shown, person, externalImageId }) => [shown, person, externalImageId])).toEqual([
        ['Ann_Lee', { create: { displayName: 'Ann Lee', externalId: 'Ann_Lee' } }, 'Ann_Lee'],
        ['photo-2.png', { create: { displayName: 'bob', externalId: 'bob' } }, 'photo-2.png'],
      ]);
      expect(listing.refused).toEqual([
        { shown: 'both.jpg', reason: expect.stringContaining('shows 2 faces') },
        { shown: 'gone.jpg', reason: expect.stringContaining('is not in') },
        { shown: '../faces.json', reason: expect.stringContaining('is not in') },
      ]);
      expect(listed(text, { unnamed: true }).files.at(-1)).toMatchObject({ shown: 'both.jpg', person: undefined });
    });

    test('of Rekognition sends a file once, for the one person whose it is, or for nobody', () => {
      for (const name of ['ann.jpg', 'staff.jpg']) write(`images/${name}`);
      const text = amazon(
        face('1', 'ann'),
        face('2', 'ann.jpg'),
        face('3', 'staff', { UserId: 'ann' }),
        face('4', 'staff', { UserId: 'bob' }),
        face('5', 'gone'),
        face('6', 'gone'),
      );
      const { files, refused } = listed(text);
      expect(files.map(({ shown, person }) => [shown, person?.create?.displayName])).toEqual([['ann', 'ann']]);
      expect(refused).toEqual([
        { shown: 'staff', reason: expect.stringMatching(/images of 2 persons .* --unnamed/) },
        { shown: 'gone', reason: expect.stringContaining('is not in') },
      ]);
      const unnamed = listed(text, { unnamed: true }).files.map(({ shown, person }) => [shown, person]);
      expect(unnamed.slice(1)).toEqual([['staff', undefined]]);
    });

    test('of Rekognition goes on past a face whose image has no name there, and takes pages in any order', () => {
      for (const name of ['ann.jpg', 'bob.jpg']) write(`images/${name}`);
      const { ExternalImageId: _, ...nameless } = face('3', '');
      const pages = [{ Faces: [face('1', 'ann')] }, { Faces: [nameless, face('2', 'bob')], NextToken: 'page 2 of 2' }];
      const { files, refused } = listed(JSON.stringify(pages));
      expect(files.map(({ shown }) => shown)).toEqual(['ann', 'bob']);
      expect(refused).toEqual([{ shown: '3', reason: expect.stringContaining('no ExternalImageId') }]);
    });

    test('of CompreFace takes images by their ids, in one page or several', () => {
      write('images/a1.jpg');
      write('images/b2.jpg');
      const page = (number: number, imageId: string, subject: string) => ({
        faces: [{ image_id: imageId, subject }],
        page_number: number,
        page_size: 1,
        total_pages: 2,
        total_elements: 2,
      });
      const { files } = listed(JSON.stringify([page(0, 'a1', 'Ann'), page(1, 'b2', 'Bob')]));
      expect(files.map(({ path: place, person }) => [path.basename(place), person?.create?.displayName])).toEqual([
        ['a1.jpg', 'Ann'],
        ['b2.jpg', 'Bob'],
      ]);
      expect(() => listed(JSON.stringify(page(0, 'a1', 'Ann')))).toThrow('lists 1 of 2 faces: fetch all pages');
    });

    test.each([
      ['{"Faces": [{"ImageId": "1", ', 'cannot be read as JSON'],
      ['{"people": []}', 'is no list of faces'],
      ['null', 'is no list of faces'],
      [amazon({ ExternalImageId: 'other' }), 'face 1 of page 1'],
      [amazon({ ImageId: '1' }), '1: has no ExternalImageId'],
      ['[]', 'None of the 0 faces'],
      [amazon(face('1', 'gone.jpg')), 'gone.jpg: is not in'],
      [JSON.stringify({ Faces: [face('1', 'x')], NextToken: 'more' }), 'each page ends with a NextToken'],
    ])('that reads %s is refused before anything is sent', (text, said) => {
      write('images/other.jpg');
      expect(() => listed(text)).toThrow(said);
    });

    test('asks where the images are', () => {
      expect(() => listed(amazon(face('1', 'x')), { images: undefined })).toThrow('--images DIR');
      expect(() => listed(amazon(face('1', 'x')), { images: path.join(folder, 'nowhere') })).toThrow('is no folder');
    });
  });

  test('images beside the folders are of whom they are called after, where that is asked for', () => {
    write('Ann_Lee.jpg');
    write('Bob/1.jpg');
    write('notes.txt');
    const { files, skipped } = listFolder(folder, { unnamed: false, byName: true });
    expect(files.map(({ shown, person }) => [shown, person?.create?.displayName])).toEqual([
      ['Ann_Lee.jpg', 'Ann Lee'],
      [path.join('Bob', '1.jpg'), 'Bob'],
    ]);
    expect([...skipped]).toEqual([['.txt', 1]]);
  });

  test('a folder is a person, and what is in folders in it is theirs, too', () => {
    write('Zoe\u0308_Novak/a.jpg');
    write('Zoe\u0308_Novak/more/b.PNG');
    write('Zoe\u0308_Novak/notes.txt');
    write('.hidden/c.jpg');
    write('beside.jpg');
    const listing = listFolder(folder, { unnamed: false });
    const person = { create: { displayName: 'Zoë Novak', externalId: 'Zoë_Novak' } };
    expect(listing.files.map((file) => [file.shown.normalize('NFC'), file.person])).toEqual([
      ['Zoë_Novak/a.jpg', person],
      ['Zoë_Novak/more/b.PNG', person],
    ]);
    expect(listing.refused).toEqual([{ shown: 'beside.jpg', reason: expect.stringContaining('--unnamed') }]);
    expect([...listing.skipped]).toEqual([['.txt', 1]]);
    expect(listFolder(folder, { unnamed: true }).files.at(-1)).toMatchObject({
      shown: 'beside.jpg',
      person: undefined,
    });
  });

  test('links are followed within the folder, never out of it, and none for ever', () => {
    const outside = mkdtempSync(path.join(tmpdir(), 'likeness-cli-outside-'));
    writeFileSync(path.join(outside, 'secret.jpg'), 'bytes');
    write('Ada/a.jpg');
    symlinkSync(outside, path.join(folder, 'Ada', 'out'));
    symlinkSync(path.join(folder, 'Ada'), path.join(folder, 'Ada', 'again'));
    symlinkSync(path.join(folder, 'gone'), path.join(folder, 'Ada', 'gone.jpg'));
    const { files, refused } = listFolder(folder, { unnamed: false });
    rmSync(outside, { recursive: true });
    expect(files.map(({ shown }) => shown)).toEqual(['Ada/a.jpg']);
    expect(refused.map(({ shown }) => shown)).toEqual(['Ada/again', 'Ada/gone.jpg', 'Ada/out']);
  });

  test('a table names files relative to itself, persons and what is known of them', () => {
    write('photos/1.jpg');
    write('photos/2.jpg');
    write('photos/3.jpg');
    const table = write(
      'list.csv',
      '\ufefffile,name,externalId,metadata.team\nphotos/1.jpg,"Novak, Zoë",e1,blue\nphotos/2.jpg,,e2,\nphotos/3.jpg,,,\ngone.jpg,X,,\n,Y,,\nphotos/1.jpg/x.jpg,Z,,\n',
    );
    const { files, refused } = listCsv(table);
    expect(files.map(({ person }) => person)).toEqual([
      { create: { displayName: 'Novak, Zoë', externalId: 'e1', metadata: { team: 'blue' } } },
      { externalId: 'e2' },
      undefined,
    ]);
    expect(refused).toEqual([
      { shown: 'gone.jpg', reason: 'is not there' },
      { shown: 'row 6', reason: 'names no file' },
      { shown: 'photos/1.jpg/x.jpg', reason: 'is not there' },
    ]);
  });

  test('person.json in a folder is what is known of that person', () => {
    for (const name of ['Ada', 'Eve']) write(`gallery/${name}/1.jpg`);
    write('gallery/Ada/person.json', '{"urls": ["https://a.example"], "knownFor": "Engines"}');
    const { files, skipped } = listFolder(path.join(folder, 'gallery'), { unnamed: false });
    expect(files.map(({ person }) => person?.create?.metadata)).toEqual([
      { urls: ['https://a.example'], knownFor: 'Engines' },
      undefined,
    ]);
    expect([...skipped]).toEqual([]);
    write('gallery/Eve/person.json', '[');
    expect(() => listFolder(path.join(folder, 'gallery'), { unnamed: false })).toThrow('is no JSON object');
  });

  test('a table of a gallery names the image, and what is told of the person', () => {
    write('photos/1.jpg');
    const table = write(
      'gallery.csv',
      'image,name,urls,knownFor,metadata.agent\nphotos/1.jpg,Ada,https://a.example  https://b.example,Engines,X\nphotos/1.jpg,Eve,,,\n',
    );
    expect(listCsv(table).files.map(({ person }) => person?.create?.metadata)).toEqual([
      { agent: 'X', urls: ['https://a.example', 'https://b.example'], knownFor: 'Engines' },
      {},
    ]);
  });

  test.each([
    ['file,nmae\na.jpg,X\n', 'nmae'],
    ['name\nX\n', 'no column "file"'],
    ['file,name\n"a.jpg,X\n', 'cannot be read as CSV'],
    ['file\ngone.jpg\n', 'names no file that is there'],
  ])('a table that cannot be meant says why: %j', (text, why) => {
    expect(() => listCsv(write('list.csv', text))).toThrow(why);
  });

  test('an import knows the files of before, until they change or are somebody else’s', () => {
    const place = ['http://somewhere', 'collection', folder];
    const environment = { XDG_STATE_HOME: folder };
    const file = { path: 'a.jpg', shown: 'a.jpg', bytes: 3, modifiedMs: 5, person: { externalId: 'Ada' } };
    new Journal(environment, place).add(factsOf(file));
    const again = new Journal(environment, place);
    expect(again.has(factsOf(file))).toBe(true);
    expect(again.has(factsOf({ ...file, modifiedMs: 6 }))).toBe(false);
    expect(again.has(factsOf({ ...file, person: { externalId: 'Eve' } }))).toBe(false);
    expect(new Journal(environment, ['http://elsewhere', 'collection', folder]).has(factsOf(file))).toBe(false);
  });

  test('a table of answers cannot steer the terminal', () => {
    expect(tableOf(['WHO', 'N'], [['\u001b[2Jzoë', 7]])).toBe('WHO           N\n\\u001b[2Jzoë  7');
  });
});
