import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { COMPILER_REVISION, type ModelFile } from '../../packages/packs/src';
import { sha256Of } from './checksum';
import type { ModelSource } from './pack-manifest';

const FORSAKEN_MS = 3_600_000;

/** What a compile thread is started with. */
export interface CompileTask {
  readonly format: ModelSource['format'];
  readonly freeSize: boolean;
  readonly lambdas: Readonly<Record<string, string>>;
  /** In the format's own order. */
  readonly files: readonly { readonly name: string; readonly path: string; readonly sha256: string }[];
  /** Where the compiled file goes, but for its checksum and ending. */
  readonly target: string;
}

export type CompileAnswer = { readonly path: string } | { readonly error: string };

/** Name of a compiled model: whatever changes it changes the name. */
export function compiledKey({ format, files, freeSize = false, lambdas }: ModelSource): string {
  const options = [...(freeSize ? ['any size'] : []), ...(lambdas ? [JSON.stringify(Object.entries(lambdas))] : [])];
  const parts = [COMPILER_REVISION, format, ...options, ...files.map(({ sha256 }) => sha256)];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}

/** `<key>-<sha256 of the bytes>.onnx`: a compiled file vouches for itself. */
export const compiledName = (target: string, bytes: Uint8Array): string => `${target}-${sha256Of(bytes)}.onnx`;

/**
 * Reads a compiled model and checks it.
 *
 * @throws Error when it was changed since it was compiled.
 */
export async function readCompiled(file: string): Promise<ModelFile> {
  const bytes = await readFile(file);
  const name = path.basename(file);
  if (!name.endsWith(`-${sha256Of(bytes)}.onnx`))
    throw new Error(`${file} is damaged: delete it, it is compiled again`);
  return { name, bytes };
}

/**
 * The place of a model's compiled file, compiling it where it is not there yet. Several processes may do so at once.
 *
 * @param paths where the source's files are, by checksum.
 * @throws Error saying which operator is not known, which file is not what it should be, or what could not be written.
 */
export async function compiledPath(
  source: ModelSource,
  paths: Readonly<Record<string, string>>,
  folder: string,
): Promise<string> {
  const key = compiledKey(source);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(`${key}-`));
  for (const name of names) if (name.endsWith('.tmp')) await removeForsaken(path.join(folder, name));
  for (const name of names) {
    if (!name.endsWith('.onnx')) continue;
    const file = path.join(folder, name);
    if (
      await readCompiled(file).then(
        () => true,
        () => false,
      )
    )
      return file;
    await rm(file, { force: true });
  }
  return compileInThread({
    format: source.format,
    freeSize: source.freeSize ?? false,
    lambdas: source.lambdas ?? {},
    files: source.files.map(({ sha256 }) => ({ name: path.basename(paths[sha256]!), path: paths[sha256]!, sha256 })),
    target: path.join(folder, key),
  });
}

/** Takes away what a process was writing when it was killed; nobody writes that long. */
async function removeForsaken(file: string): Promise<void> {
  const written = await stat(file).catch(() => undefined);
  if (written && Date.now() - written.mtimeMs > FORSAKEN_MS) await rm(file, { force: true });
}

/** The compiled entry, also when this file itself runs from TypeScript (tests). */
function threadEntry(): string {
  const beside = path.join(__dirname, 'compile-thread.js');
  return existsSync(beside) ? beside : path.resolve(__dirname, '../../dist/workers/inference/compile-thread.js');
}

/** A thread of its own, so that the process goes on answering signals and starting its database meanwhile. */
function compileInThread(task: CompileTask): Promise<string> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(threadEntry(), { workerData: task, execArgv: [] });
    thread.once('message', (answer: CompileAnswer) => {
      if ('path' in answer) resolve(answer.path);
      else reject(new Error(answer.error));
    });
    thread.once('error', reject);
    thread.once('exit', () => reject(new Error('the thread that compiled the model ended without an answer')));
  });
}
