import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { compileModel, loadFormat } from '../../packages/packs/src';
import { sha256Of } from './checksum';
import { compiledName, type CompileAnswer, type CompileTask } from './compiled-models';
import { writeWhole } from './model-store';

async function compile({ format, freeSize, lambdas, files, target }: CompileTask): Promise<string> {
  const read = [];
  for (const { name, path, sha256 } of files) {
    const bytes = await readFile(path);
    if (sha256Of(bytes) !== sha256) throw new Error(`${path} has another sha256 than its pack names: install it again`);
    read.push({ name, bytes });
  }
  await loadFormat(format);
  const compiled = compileModel(format, read, { freeSize, lambdas, dropsFiles: true });
  const file = compiledName(target, compiled);
  await writeWhole(file, compiled).catch((cause: unknown) => {
    throw new Error(`the compiled model could not be kept: ${cause instanceof Error ? cause.message : String(cause)}`);
  });
  return file;
}

void compile(workerData as CompileTask)
  .then(
    (path): CompileAnswer => ({ path }),
    (error: unknown): CompileAnswer => ({ error: error instanceof Error ? error.message : String(error) }),
  )
  .then((answer) => parentPort!.postMessage(answer));
