import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { evaluateVerification } from '../../src/cli/eval/verification';
import { UsageError } from '../../src/cli/models/context';
import { EvalRun } from '../fixtures/eval';
import { suiteWhere } from '../fixtures/needs';
import { findTestData } from '../fixtures/photos';

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
  const wish = (more: object) => ({ pack: 'bundled', sheets: false, cache: at('cache'), images, ...more });

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

  it('tells what is wrong with a wish as a usage error', async () => {
    await expect(evaluateVerification(evaluation.context, wish({}))).rejects.toBeInstanceOf(UsageError);
  });
});
