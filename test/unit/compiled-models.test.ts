import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compiledPath, readCompiled } from '../../workers/inference/compiled-models';
import type { ModelSource } from '../../workers/inference/pack-manifest';

const ROOT = path.resolve(__dirname, '../..');
const HUMAN = path.join(ROOT, 'node_modules/@vladmandic/human/models');
const FILES = ['blazeface.json', 'blazeface.bin'].map((name) => readFileSync(path.join(HUMAN, name)));
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('compiled models', () => {
  let folder: string;
  let store: string;

  /** A model of these bytes, and where they lie. */
  const put = (files: readonly Buffer[]): { source: ModelSource; paths: Record<string, string> } => {
    const paths: Record<string, string> = {};
    for (const [i, bytes] of files.entries()) {
      paths[sha256(bytes)] = path.join(folder, `file-${i}`);
      writeFileSync(path.join(folder, `file-${i}`), bytes);
    }
    const source = files.map((bytes, i) => ({ local: `file-${i}`, sha256: sha256(bytes) }));
    return { source: { format: 'tfjs-graph', files: source }, paths };
  };
  const compile = (files: readonly Buffer[]): Promise<string> => {
    const { source, paths } = put(files);
    return compiledPath(source, paths, store);
  };
  const left = (): string[] => {
    try {
      return readdirSync(store);
    } catch {
      return [];
    }
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'likeness-compiled-'));
    store = path.join(folder, 'store');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are made once and found from then on', async () => {
    const file = await compile(FILES);
    const { ino, mtimeMs } = statSync(file);
    expect(await compile(FILES)).toBe(file);
    expect(statSync(file)).toMatchObject({ ino, mtimeMs });
    expect((await readCompiled(file)).bytes.length).toBeGreaterThan(100_000);
  });

  it('are made again when they were damaged, and never read so', async () => {
    const file = await compile(FILES);
    const good = readFileSync(file);
    writeFileSync(file, good.subarray(0, 1_000));
    await expect(readCompiled(file)).rejects.toThrow(/damaged/);
    expect(await compile(FILES)).toBe(file);
    expect(readFileSync(file).equals(good)).toBe(true);
  });

  it('take away what a killed process has left, and nothing that another is writing', async () => {
    const file = await compile(FILES);
    for (const name of ['left', 'writing']) writeFileSync(`${file}.${name}.tmp`, 'half');
    utimesSync(`${file}.left.tmp`, new Date(), new Date(Date.now() - 2 * 3_600_000));
    expect(await compile(FILES)).toBe(file);
    expect(left()).toEqual([path.basename(file), `${path.basename(file)}.writing.tmp`]);
  });

  it('may be made by several at once', async () => {
    const { source, paths } = put(FILES);
    const made = await Promise.all([1, 2, 3].map(() => compiledPath(source, paths, store)));
    expect(new Set(made).size).toBe(1);
    expect(left()).toEqual([path.basename(made[0]!)]);
  });

  const unknown = (): Buffer => {
    const graph = JSON.parse(FILES[0]!.toString('utf8'));
    graph.modelTopology.node.find(({ op }: { op: string }) => op === 'Relu').op = 'NoSuchOperator';
    return Buffer.from(JSON.stringify(graph));
  };
  it.each([
    ['an operator that is not known', () => [unknown(), FILES[1]!], /NoSuchOperator/],
    ['a weights file that is cut short', () => [FILES[0]!, FILES[1]!.subarray(0, 10_000)], /file-1|weights/],
    ['a graph that is cut short', () => [FILES[0]!.subarray(0, 1_000), FILES[1]!], /file-0/],
    ['another kind of file', () => [FILES[1]!, FILES[0]!], /file-0/],
  ])('leave nothing behind of a model with %s', async (_, files, reason) => {
    await expect(compile(files())).rejects.toThrow(reason);
    expect(left()).toEqual([]);
  });

  it('leave nothing behind of a model whose files have another checksum', async () => {
    const { source, paths } = put(FILES);
    writeFileSync(path.join(folder, 'file-1'), FILES[1]!.subarray(1));
    await expect(compiledPath(source, paths, store)).rejects.toThrow(/another sha256/);
    expect(left()).toEqual([]);
  });

  it('leave nothing behind when the disk is full', () => {
    const { source, paths } = put(FILES);
    const module = path.join(ROOT, 'dist/workers/inference/compiled-models.js');
    const script = `require(process.argv[1]).compiledPath(...JSON.parse(process.argv[2])).then(
      (file) => console.log('compiled to ' + file), (error) => console.log(error.message))`;
    // A file may not grow past 100 KB here: the write fails midway, as on a full disk.
    const printed = execFileSync(
      'sh',
      [
        '-c',
        'ulimit -f 200; exec "$@"',
        'sh',
        process.execPath,
        '-e',
        script,
        module,
        JSON.stringify([source, paths, store]),
      ],
      { encoding: 'utf8' },
    );
    expect(printed).toMatch(/could not be kept/);
    expect(left()).toEqual([]);
  });
});
