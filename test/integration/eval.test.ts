import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { evaluateCalibration } from '../../src/cli/eval/calibration';
import { evaluateGroups } from '../../src/cli/eval/groups';
import { evaluateIdentification } from '../../src/cli/eval/identification';
import { evaluateVerification } from '../../src/cli/eval/verification';
import { evaluateVideo } from '../../src/cli/eval/video';
import { UsageError } from '../../src/cli/models/context';
import { EvalRun } from '../fixtures/eval';
import { suiteWhere } from '../fixtures/needs';
import { findTestData } from '../fixtures/photos';
import { PlatformProcess } from '../fixtures/platform-process';

const data = findTestData('npm run eval');
/** People of LFW with three photographs and more. */
const PEOPLE = ['Abdullah_Gul', 'Angelina_Jolie', 'Bill_Simon', 'David_Beckham', 'Hans_Blix'];

suiteWhere(data !== undefined)('npm run eval', () => {
  jest.setTimeout(120_000);
  let folder: string;
  let images: string;
  let evaluation: EvalRun;
  const at = (name: string): string => path.join(folder, name);
  const put = (name: string, text: string): string => {
    writeFileSync(at(name), text);
    return at(name);
  };
  /** Pairs in LFW's format: of each person with themselves, and of neighbours in the list. */
  const pairFile = (): string => {
    const same = PEOPLE.flatMap((name) => [`${name}\t1\t2`, `${name}\t1\t3`]);
    const others = PEOPLE.flatMap((name, i) => {
      const next = PEOPLE[(i + 1) % PEOPLE.length]!;
      return [`${name}\t1\t${next}\t1`, `${name}\t2\t${next}\t3`];
    });
    return put('pairs.txt', ['10', ...same, ...others].join('\n'));
  };
  const wish = <T extends object>(more: T) => ({ pack: 'bundled', sheets: false, cache: at('cache'), images, ...more });

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'likeness-eval-'));
    images = at('images');
    for (const person of PEOPLE) {
      const theirs = data!.folder(path.join('lfw-view1/images', person));
      mkdirSync(path.join(images, person), { recursive: true });
      readdirSync(theirs)
        .sort()
        .slice(0, 3)
        .forEach((name, i) => {
          // The names of a set may have gaps; those of this one have none, and one is no JPEG by its name.
          const ending = i === 2 ? '.jpeg' : '.jpg';
          symlinkSync(path.join(theirs, name), path.join(images, person, `${person}_000${i + 1}${ending}`));
        });
    }
    evaluation = new EvalRun(at('data'));
  });
  afterAll(async () => {
    await evaluation.close();
    await rm(folder, { recursive: true, force: true });
  });

  describe('verification', () => {
    it('tells accuracy and errors, draws them, and shows what it got wrong', async () => {
      // Two people under one name, as mislabelled sets have them: an error that no net can help.
      const right = pairFile();
      const mistaken = readFileSync(right, 'utf8').replace('Hans_Blix\t1\t2', 'Hans_Blix\t1\t4');
      symlinkSync(
        path.join(images, 'Bill_Simon', 'Bill_Simon_0001.jpg'),
        path.join(images, 'Hans_Blix', 'Hans_Blix_0004.jpg'),
      );
      const out = at('results');
      const wished = wish({ pairs: put('mistaken.txt', mistaken), 'threshold-pairs': right, out, sheets: true });
      expect(await evaluateVerification(evaluation.context, wished)).toBe(0);
      expect(readdirSync(out).sort()).toEqual(['det.svg', 'false-non-matches-1.jpg', 'report.json', 'roc.svg']);
      const report = JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8')) as Record<string, unknown>;
      expect(report).toMatchObject({ pack: 'bundled@2', pairs: 20, folds: 10, images: 16, imagesWithoutFace: 0 });
      expect(report['accuracy']).toBeCloseTo(0.95);
      expect(report['wrong']).toMatchObject({
        falseMatches: [],
        falseNonMatches: [{ first: 'Hans_Blix/Hans_Blix_0001.jpg', second: 'Hans_Blix/Hans_Blix_0004.jpg' }],
      });
      expect(readFileSync(path.join(out, 'det.svg'), 'utf8')).toContain('Errors of bundled@2');
      const { width, height } = await sharp(path.join(out, 'false-non-matches-1.jpg')).metadata();
      expect([width, height]).toEqual([1280, 1280]);
      expect(evaluation.printed.join('\n')).toMatch(/bundled@2: accuracy 95\.00 %.* 1 wrong/);
    });

    it.each<[string, () => object, RegExp]>([
      ['no pairs', () => ({}), /Say --images DIR .* and --pairs FILE/],
      ['an empty file', () => ({ pairs: put('empty.txt', '') }), /first line must say how many pairs/],
      ['a file that is cut short', () => ({ pairs: put('cut.txt', '2\nA 1 2\n') }), /promises 4 pairs and has 1/],
      ['a line that is no pair', () => ({ pairs: put('odd.txt', '1\nA 1\nA 1 B 1\n') }), /line 2 is no pair/],
      [
        'an image that is missing',
        () => ({ pairs: put('missing.txt', '1\nHans_Blix 1 7\nHans_Blix 1 Nobody 1\n') }),
        /names 2 images that .* does not have: Hans_Blix\/Hans_Blix_0007\.jpg, Nobody\/Nobody_0001\.jpg$/,
      ],
      [
        'one person',
        () => ({ pairs: put('one.txt', '1\nHans_Blix 1 2\nHans_Blix 1 Hans_Blix 3\n') }),
        /names one person only, Hans_Blix/,
      ],
      ['an empty folder', () => ({ images: at('nothing'), pairs: pairFile() }), /names 15 images that .*nothing/],
      ['a fold of a file without', () => ({ pairs: pairFile(), 'threshold-fold': '1' }), /has one set, no folds/],
      ['a folder in use', () => ({ pairs: pairFile(), out: images }), /has files in it: name a new folder/],
      [
        'sheets without a place',
        () => ({ pairs: pairFile(), sheets: true, out: undefined }),
        /--sheets wants a folder/,
      ],
      ['no such pack', () => ({ pairs: pairFile(), pack: 'nobody' }), /no pack nobody/],
    ])('refuses %s with a sentence, and writes nothing', async (_, more, reason) => {
      mkdirSync(at('nothing'), { recursive: true });
      const before = readdirSync(folder).length;
      const wished = wish({ out: at('refused'), ...more() });
      const written = readdirSync(folder).length;
      await expect(evaluateVerification(evaluation.context, wished)).rejects.toThrow(reason);
      expect(readdirSync(folder)).toHaveLength(written);
      expect(written - before).toBeLessThan(2);
      expect(existsSync(at('refused'))).toBe(false);
    });

    it('names an image that is none, and keeps what it has embedded', async () => {
      writeFileSync(path.join(images, 'Hans_Blix', 'Hans_Blix_0005.jpg'), 'no image');
      const pairs = put('damaged.txt', '1\nHans_Blix 1 5\nHans_Blix 1 Bill_Simon 1\n');
      await expect(
        evaluateVerification(evaluation.context, wish({ pairs, out: at('refused'), cache: at('other-cache') })),
      ).rejects.toThrow(/Hans_Blix_0005\.jpg: /);
      expect(existsSync(at('refused'))).toBe(false);
    });
  });

  const read = (out: string): Record<string, unknown> =>
    JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8')) as Record<string, unknown>;
  /** A folder of its own with the first photographs of some people. */
  const folderOf = (name: string, people: readonly string[], count: number): string => {
    for (const person of people) {
      mkdirSync(at(path.join(name, person)), { recursive: true });
      for (const file of readdirSync(path.join(images, person)).sort().slice(0, count)) {
        symlinkSync(path.join(images, person, file), at(path.join(name, person, file)));
      }
    }
    return at(name);
  };

  describe('identification', () => {
    const galleries = '4x1';

    it('tells ranks and the open set, and draws them', async () => {
      const gallery = folderOf('gallery', PEOPLE, 3);
      const out = at('identified');
      const wished = wish({ images: gallery, cache: at('gallery-cache'), galleries, out });
      expect(await evaluateIdentification(evaluation.context, wished)).toBe(0);
      // Nobody has one photograph alone: there is no stranger for the open set.
      expect(readdirSync(out).sort()).toEqual(['cmc.svg', 'report.json']);
      expect(read(out)).toMatchObject({
        people: 5,
        probes: 10,
        rank1: 1,
        cmc: [1, 1, 1, 1, 1],
        openSet: [],
        galleries: [{ people: 4, samples: 1, mated: { right: expect.any(Number) } }],
      });
    });

    it.each<[string, () => object, RegExp]>([
      ['no folder', () => ({ images: at('nowhere') }), /nowhere is no folder/],
      ['an empty folder', () => ({ images: at('nothing') }), /has no folder with images/],
      ['one person', () => ({ images: folderOf('alone', ['Hans_Blix'], 2) }), /one person only, Hans_Blix/],
      [
        'one photograph of each',
        () => ({ images: folderOf('once', ['Hans_Blix', 'Bill_Simon'], 1), cache: at('cache') }),
        /Nobody in .* has two photographs/,
      ],
      ['a shape that is none', () => ({ galleries: '4' }), /4 is not PEOPLExIMAGES/],
    ])('refuses %s, and writes nothing', async (_, more, reason) => {
      const wished = wish({ out: at('refused'), galleries, ...more() });
      await expect(evaluateIdentification(evaluation.context, wished)).rejects.toThrow(reason);
      expect(existsSync(at('refused'))).toBe(false);
    });
  });

  it('calibration tells strangers as the scale promises and as they are', async () => {
    const out = at('scale');
    const wished = wish({ images: at('gallery'), cache: at('gallery-cache'), out });
    expect(await evaluateCalibration(evaluation.context, wished)).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['calibration.svg', 'report.json']);
    const { scale, genuine, impostor } = read(out) as { scale: Record<string, unknown>[] } & Record<string, unknown>;
    expect({ genuine, impostor }).toEqual({ genuine: 15, impostor: 90 });
    expect(scale.map(({ similarity }) => similarity)).toEqual([40, 50, 60, 70, 80, 85, 90, 95]);
    expect(scale[4]).toMatchObject({ falseMatches: { pairs: 90, matches: 0 } });
    expect(scale[4]!['promisedFalseMatchRate']).toBeCloseTo(1e-3);
    expect(scale[4]!['trueMatchRate']).toBeGreaterThan(0.8);
  });

  describe('groups', () => {
    const labels = (text: string): { labels: string } => ({ labels: put('labels.csv', text) });
    const rows = PEOPLE.map((person, i) => `${person},${i < 3 ? 'one' : 'two'},"a, b"`).join('\n');

    it('tells false matches of each at one threshold', async () => {
      const out = at('grouped');
      const wished = wish({
        images: at('gallery'),
        cache: at('gallery-cache'),
        out,
        rate: '0.9',
        ...labels(`person,half\n${rows.replaceAll(',"a, b"', '')}`),
      });
      expect(await evaluateGroups(evaluation.context, wished)).toBe(0);
      const { columns } = read(out) as { columns: Record<string, unknown>[] };
      expect(columns).toMatchObject([
        {
          column: 'half',
          unlabelled: 0,
          groups: [
            { group: 'one', falseMatches: { people: 3, pairs: 27 }, genuine: 9 },
            { group: 'two', falseMatches: { people: 2, pairs: 9 }, genuine: 6 },
          ],
          maxOverMin: expect.any(Number),
        },
      ]);
      expect(evaluation.printed.join('\n')).toMatch(/max over min \d\.\d\d, max over geometric mean \d/);
    });

    it.each<[string, () => object, RegExp]>([
      ['no labels', () => ({}), /Say --images DIR and --labels FILE/],
      ['an empty table', () => labels(''), /wants headings/],
      ['a table without groups', () => labels('person\nHans_Blix\n'), /wants headings/],
      ['a row too many', () => labels(`person,half\n${rows}`), /cannot be read as a table/],
      ['one person twice', () => labels('person,half\nA,x\nA,y\n'), /two rows of A/],
      ['one group', () => labels(`person,half,all\n${rows}`), /labels\.csv, all: two groups at least .* are of 1/],
      ['two thresholds', () => ({ ...labels('p,x\nA,1\n'), rate: '.1', similarity: '80' }), /not both/],
      ['a rate that is none', () => ({ ...labels('p,x\nA,1\n'), rate: '7' }), /--rate must be above 0 and below 1/],
    ])('refuses %s, and writes nothing', async (_, more, reason) => {
      const wished = wish({ images: at('gallery'), cache: at('gallery-cache'), out: at('refused'), ...more() });
      await expect(evaluateGroups(evaluation.context, wished)).rejects.toThrow(reason);
      expect(existsSync(at('refused'))).toBe(false);
    });
  });

  describe('video', () => {
    /** Two "videos" of each person: their photographs, which stand for frames. */
    const videos = (): string => {
      for (const person of PEOPLE) {
        for (const [video, numbers] of Object.entries({ 0: [1, 2], 1: [3] })) {
          const target = at(path.join('videos', person, video));
          mkdirSync(target, { recursive: true });
          for (const number of numbers) {
            const name = readdirSync(path.join(images, person)).find((one) => one.includes(`_000${number}.`))!;
            if (!existsSync(path.join(target, name)))
              symlinkSync(path.join(images, person, name), path.join(target, name));
          }
        }
      }
      return at('videos');
    };
    const splits = (): string => {
      const lines = PEOPLE.flatMap((person, i) => {
        const next = PEOPLE[(i + 1) % PEOPLE.length]!;
        return [`${(i % 2) + 1}, ${person}/0, ${person}/1, 1, 1`, `${(i % 2) + 1}, ${person}/0, ${next}/1, 0, 0`];
      });
      return put('splits.txt', ['split number, first name, second name, like, same', ...lines].join('\n'));
    };

    it('tells videos apart by the mean of their best frames', async () => {
      const out = at('watched');
      const wished = wish({ images: videos(), pairs: splits(), frames: '1,2', cache: at('video-cache'), out });
      expect(await evaluateVideo(evaluation.context, wished)).toBe(0);
      expect(readdirSync(out).sort()).toEqual(['frames.svg', 'report.json', 'roc.svg']);
      expect(read(out)).toMatchObject({
        pairs: 10,
        videos: 10,
        frames: 15,
        rows: [
          { frames: 1, shorter: 0 },
          { frames: 2, shorter: 5, accuracy: expect.any(Number) },
        ],
      });
    });

    it.each<[string, () => object, RegExp]>([
      ['no pairs', () => ({}), /and --pairs FILE/],
      ['an empty file', () => ({ pairs: put('none.txt', '') }), /has no pairs/],
      [
        'a line that is none',
        () => ({ pairs: put('line.txt', '1, a/0, b/0, 0\n1, a/0\n') }),
        /line 2 is no pair of videos/,
      ],
      ['one fold', () => ({ pairs: put('fold.txt', '1, a/0, a/1, 1\n1, a/0, b/0, 0\n') }), /has one fold/],
      [
        'pairs of one kind',
        () => ({ pairs: put('kind.txt', '1, a/0, a/1, 1\n2, a/0, a/1, 1\n') }),
        /pairs of one kind only/,
      ],
      [
        'a video without frames',
        () => ({ pairs: put('gone.txt', '1, Hans_Blix/0, Hans_Blix/9, 1\n2, Hans_Blix/0, Nobody/0, 0\n') }),
        /has no frames of 2 videos that are named: Hans_Blix\/9, Nobody\/0$/,
      ],
      ['no number of frames', () => ({ pairs: splits(), frames: '1,x' }), /say numbers of 1 to 1000/],
    ])('refuses %s, and writes nothing', async (_, more, reason) => {
      const wished = wish({ images: videos(), frames: '1', out: at('refused'), ...more() });
      await expect(evaluateVideo(evaluation.context, wished)).rejects.toThrow(reason);
      expect(existsSync(at('refused'))).toBe(false);
    });
  });

  it('is a command that tells what is wrong in a sentence', async () => {
    const run = async (...args: string[]): Promise<{ code: number | null; output: string }> => {
      const one = PlatformProcess.spawn({ dataDir: at('data'), command: ['cli/eval-command.js', ...args] });
      const { code } = await one.ended;
      return { code, output: one.output };
    };
    const list = put('missing.txt', '1\nHans_Blix 1 7\nHans_Blix 1 Nobody 1\n');
    const [none, unknown, missing] = await Promise.all([
      run(),
      run('verification', '--image', images),
      run('verification', '--images', images, '--pairs', list),
    ]);
    expect(none).toMatchObject({ code: 2, output: expect.stringMatching(/^Usage: npm run eval -- MEASURE/) });
    expect(unknown).toMatchObject({ code: 2, output: expect.stringContaining("'--image'") });
    expect(missing).toMatchObject({
      code: 1,
      output: expect.stringMatching(/names 2 images that .* does not have: .*\n$/),
    });
    expect(missing.output).not.toMatch(/\n\s+at /);
  });

  it('tells what is wrong with a wish as a usage error', async () => {
    await expect(evaluateVerification(evaluation.context, wish({}))).rejects.toBeInstanceOf(UsageError);
  });
});
