import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';

/** Widths, as parts of the large image, and places of the small copies that are pasted: their faces have some 50 to 90 px of 8,000. */
const SMALL = 0.06;
const PLACES = [
  [0.02, 0.03],
  [0.45, 0.02],
  [0.9, 0.4],
  [0.04, 0.88],
  [0.6, 0.9],
] as const;

/** Blows up each photograph that an npm dependency carries, and pastes small copies of the next one into it. */
async function main([folder, side]: readonly string[]): Promise<void> {
  const photos = path.join(path.dirname(require.resolve('@vladmandic/face-api/package.json')), 'demo');
  const names = (await readdir(photos)).filter((name) => /^sample\d\.jpg$/.test(name)).sort();
  const width = Number(side);
  for (const [i, name] of names.entries()) {
    const next = path.join(photos, names[(i + 1) % names.length]!);
    const small = await sharp(next)
      .resize(Math.round(width * SMALL))
      .toBuffer();
    const large = await sharp(path.join(photos, name)).resize(width).toBuffer({ resolveWithObject: true });
    await sharp(large.data)
      .composite(
        PLACES.map(([left, top]) => ({
          input: small,
          left: Math.round(left * width),
          top: Math.round(top * large.info.height),
        })),
      )
      .jpeg({ quality: 85 })
      .toFile(path.join(folder!, name));
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
