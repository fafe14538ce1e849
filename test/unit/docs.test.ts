import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { environmentSchema } from '../../src/config/environment';
import { ERROR_CODES } from '../../src/domain/errors';

const ROOT = path.join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file)),
];

/** First cells, which are code, of the table that follows a mark. */
function firstCells(file: string, mark: string): string[] {
  const [, after] = read(file).split(`<!-- ${mark} -->`);
  const table = after?.trimStart().split('\n\n', 1)[0] ?? '';
  return [...table.matchAll(/^\| `([A-Z][A-Z0-9_]+)`/gm)].map((match) => match[1]!);
}

/** As GitHub makes them: lower case, no punctuation, dashes for spaces. */
function anchorsOf(text: string): string[] {
  return [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

test('docs/configuration.md lists exactly the settings that there are', () => {
  expect(firstCells('docs/configuration.md', 'test:settings').sort()).toEqual(
    Object.keys(environmentSchema.shape).sort(),
  );
});

test('docs/errors-and-limits.md lists exactly the error codes that there are', () => {
  expect(firstCells('docs/errors-and-limits.md', 'test:errors').sort()).toEqual([...ERROR_CODES].sort());
});

test('the README is read to its end: it has at most 200 lines', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(200);
});

test('.env.example names every setting, and nothing but these and what docker-compose.yml wants', () => {
  const named = [...read('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1]!);
  const compose = [...read('docker-compose.yml').matchAll(/\$\{([A-Z][A-Z0-9_]+)/g)].map((match) => match[1]!);
  const known = new Set([...Object.keys(environmentSchema.shape), ...compose]);
  expect(named.sort()).toEqual([...known].sort());
});

describe.each(documents)('%s', (file) => {
  const text = read(file);

  test('names npm scripts that there are', () => {
    const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
    const named = [...text.matchAll(/npm run (?:-\w+ )*([a-z][\w:-]*)/g)].map((match) => match[1]!);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });

  test('links to files and headings that there are', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
    const broken = links.filter((link) => {
      if (/^[a-z]+:/i.test(link)) return false;
      const [target, anchor] = link.split('#', 2);
      const at = target ? path.join(ROOT, path.dirname(file), target) : path.join(ROOT, file);
      if (!existsSync(at)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(at, 'utf8')).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});
