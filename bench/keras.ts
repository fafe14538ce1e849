import { stat, readFile } from 'node:fs/promises';
import path from 'node:path';
import { compileModel, loadFormat } from '../packages/packs/src';

/** `npm run bench:keras -- FILE`: how long compiling a Keras model takes, and the most memory that the process had. */
async function main(): Promise<void> {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new Error('Say which file: npm run bench:keras -- FILE');
  const { size } = await stat(file);
  const began = performance.now();
  await loadFormat('keras');
  // Handed over and not kept, as the thread that compiles does it.
  const compiled = compileModel('keras', [{ name: path.basename(file), bytes: await readFile(file) }], {
    dropsFiles: true,
  });
  const seconds = (performance.now() - began) / 1000;
  const peak = process.resourceUsage().maxRSS / 1024;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  console.log(`${path.basename(file)}, ${megabytes(size)} MB: ${megabytes(compiled.length)} MB of ONNX`);
  console.log(`${seconds.toFixed(1)} s, at most ${peak.toFixed(0)} MiB`);
}

void main();
