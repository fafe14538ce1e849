import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ClassifyImageDocument } from '@likeness/client';
import { openTenant } from './bench-tenant';
import { withFreshServer } from './fresh-server';

/**
 * `npm run bench:classifier -- --data-dir DIR --model NAME --images DIR`: what a classification takes above decoding the image and running the net, one
 * question after the other. DIR is a data folder that the classifier was added to (`npm run models -- add`). Prints quantiles in
 * milliseconds: of the whole inside the service, of decode, net and the rest of it, and of the answer as the client waits for it.
 */
interface Sample {
  readonly decode: number;
  readonly net: number;
  readonly total: number;
  readonly rest: number;
  readonly client: number;
}

const PARTS = ['decode', 'net', 'rest', 'total', 'client'] as const;
const QUANTILES = [0.5, 0.95] as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string' },
      model: { type: 'string' },
      images: { type: 'string' },
      questions: { type: 'string', default: '300' },
      json: { type: 'string' },
    },
  });
  const { 'data-dir': dataDir, model, images: folder } = values;
  if (!dataDir || !model || !folder) throw new Error('--data-dir DIR, --model NAME and --images DIR are needed');
  const images = readdirSync(folder)
    .filter((file) => /\.(jpe?g|png|webp)$/i.test(file))
    .map((file) => readFileSync(path.join(folder, file)).toString('base64'));
  const env = { LIKENESS_DATA_DIR: path.resolve(dataDir), LIKENESS_CLASSIFIERS: model };
  await withFreshServer(env, async (server, operatorKey) => {
    const { likeness } = await openTenant(server.url, operatorKey);
    const ask = async (place: number): Promise<Sample> => {
      const start = performance.now();
      const image = { base64: images[place % images.length]! };
      const { classifyImage } = await likeness.request(ClassifyImageDocument, { image, model, top: 5 });
      const { decodeMs: decode, netMs: net, totalMs: total } = classifyImage.timings;
      return { decode, net, total, rest: total - decode - net, client: performance.now() - start };
    };
    // The first questions warm everything up, and do not count.
    for (let i = 0; i < images.length; i += 1) await ask(i);
    const samples: Sample[] = [];
    for (let i = 0; i < Number(values.questions); i += 1) samples.push(await ask(i));
    await likeness.close();
    report(samples, values.json);
  });
}

function report(samples: readonly Sample[], json: string | undefined): void {
  const rows = PARTS.map((part) => {
    const sorted = samples.map((sample) => sample[part]).sort((a, b) => a - b);
    return { part, ms: QUANTILES.map((q) => sorted[Math.floor(q * (sorted.length - 1))]!) };
  });
  for (const { part, ms } of rows) {
    console.log(`${part.padEnd(8)}${ms.map((one, i) => `p${QUANTILES[i]! * 100} ${one.toFixed(1)}`).join('  ')}`);
  }
  if (json) writeFileSync(json, `${JSON.stringify({ questions: samples.length, rows }, null, 2)}\n`);
}

void main();
