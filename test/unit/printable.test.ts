import type { LikenessClient } from '@likeness/client';
import { printable, printableLines } from '../../src/container/printable';
import { readableLine } from '../../src/container/readable-line';
import { reasonOf } from '../../src/container/reason';
import { enrolmentTable, tableOf } from '../../src/demo/report';
import { tellStory } from '../../src/demo/story';
import type { DemoImages } from '../../src/demo/gallery';
import { DomainError } from '../../src/domain/errors';

/** Clears the screen by ESC and by the one-byte CSI, deletes, begins a line, rings, turns the text round. */
const HOSTILE = 'a\u001b[2Jb\u009b2Jc\u007fd\r\ne\u0007f\u202eg.jpg';
const SHOWN = 'a\\u001b[2Jb\\u009b2Jc\\u007fd\\u000d\\u000ae\\u0007f\\u202eg.jpg';
/** As SHOWN, where lines may stay lines. */
const SHOWN_LINES = SHOWN.replace('\\u000a', '\n');

const IMAGES: DemoImages = {
  title: '',
  collection: 'demo',
  gallery: [],
  probes: ['/nowhere/' + HOSTILE],
  refused: [{ shown: HOSTILE, reason: HOSTILE }],
  unsearchable: [{ shown: HOSTILE, reason: HOSTILE }],
  skipped: new Map([[HOSTILE, 1]]),
};
const IMAGE = { person: HOSTILE, label: 'label', file: HOSTILE, shown: HOSTILE };

test('control characters are written out, other letters stay', () => {
  expect(printable(HOSTILE)).toBe(SHOWN);
  expect(printableLines(HOSTILE)).toBe(SHOWN_LINES);
  expect(printable('Zoë 李 \u{1f600} עברית')).toBe('Zoë 李 \u{1f600} עברית');
});

describe('names and messages do not steer the terminal', () => {
  test('in a line of the log', () => {
    const err = { type: 'Error', message: 'x', stack: `Error: ${HOSTILE}`, cause: { type: 'Error', message: HOSTILE } };
    const line = readableLine({ level: 40, msg: HOSTILE, file: HOSTILE, [HOSTILE]: 'bare\u001b', err }, false);
    expect(line.split('\n')[0]).toContain(`warn  ${SHOWN} file=`);
    expect(line.split('\n')).toHaveLength(6);
    expect(line.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  test('in why a command failed', () => {
    expect(reasonOf(new DomainError('CONFLICT', HOSTILE))).toBe(SHOWN_LINES);
    expect(reasonOf(new Error(HOSTILE))).toContain(SHOWN_LINES);
    expect(reasonOf(HOSTILE)).toBe(SHOWN_LINES);
  });

  test('in the tables of the demo', () => {
    const match = { name: HOSTILE, similarity: 90, cropUrl: '' };
    const boundingBox = { left: 0, top: 0, width: 1, height: 1 };
    const found = tableOf({ file: '', bytes: Buffer.alloc(0), findings: [{ number: 1, boundingBox, match }] });
    const none = tableOf({ file: HOSTILE, bytes: Buffer.alloc(0), findings: [] });
    const failed = { image: IMAGE, shown: HOSTILE, reason: HOSTILE };
    const enrolled = enrolmentTable(IMAGES, { indexed: [IMAGE], known: [], refused: [failed] });
    expect(found.split('\n')).toHaveLength(3);
    expect(none).toBe(`There is no face in ${SHOWN}.`);
    expect(enrolled).toContain(`Skipped, being no images: 1 ${SHOWN}`);
    for (const text of [found, none, enrolled]) expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  test('in what could not be searched', async () => {
    const said: string[] = [];
    const answers = {
      collection: { id: 'c', modelPackId: 'p' },
      faces: { nodes: [], pageInfo: { hasNextPage: false } },
    };
    const api = { request: async () => answers, rows: async function* () {}, enrollFiles: async () => [] };
    const telling = tellStory(api as unknown as LikenessClient, IMAGES, undefined, {
      say: (line) => said.push(line),
      progress: () => undefined,
    });
    await expect(telling).rejects.toThrow('No image could be searched.');
    expect(said).toContain(`Not searched: ${SHOWN}  ${SHOWN}`);
    expect(said.at(-1)).toContain(`Not searched: ${SHOWN}  ENOENT`);
    for (const line of said) expect(line.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});
