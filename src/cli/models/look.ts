import { stat } from 'node:fs/promises';
import path from 'node:path';
import { findFile, modelsOf, nameOf, sourcesOf } from '../../../workers/inference/pack-files';
import { embeddingDigest } from '../../../workers/inference/pack-digest';
import type { ClassifierManifest } from '../../../workers/inference/classifier-manifest';
import { isClassifier, type AnyManifest } from '../../../workers/inference/manifests';
import { dimensionOf, packIdOf, type PackFile, type PackManifest } from '../../../workers/inference/pack-manifest';
import { filesToFetch } from '../../../workers/inference/pack-pull';
import { listPackFolders, readAnyPack } from '../../../workers/inference/pack-registry';
import { inMegabytes, type ModelsContext } from './context';
import { findUnusedCompiled } from './stored-files';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!;

const LABELS_SHOWN = 20;

const COLUMNS = ['pack', 'origin', 'state', 'answers', 'licence'] as const;

const answersOf = (manifest: AnyManifest): string =>
  isClassifier(manifest)
    ? `${manifest.labels.length} labels`
    : `${dimensionOf(manifest)}-d ${manifest.metric.toLowerCase()}`;

/** `list`: every pack, shipped or one's own, and what it lacks. */
export async function listModels({ places, ownPacks, print }: ModelsContext): Promise<number> {
  const rows: Record<(typeof COLUMNS)[number], string>[] = [];
  for (const { folder, name, version } of await listPackFolders(places.packsFolders)) {
    const pack = `${name}@${version}`;
    const origin = path.dirname(folder) === ownPacks ? 'own' : 'shipped';
    try {
      const { manifest } = await readAnyPack(pack, [path.dirname(folder)]);
      const missing = await filesToFetch(manifest, { ...places, packFolder: folder });
      const size = missing.reduce((sum, { bytes }) => sum + bytes, 0);
      rows.push({
        pack,
        origin,
        state: missing.length === 0 ? 'here' : `to pull, ${inMegabytes(size)}`,
        answers: answersOf(manifest),
        licence: manifest.licence + (manifest.commercialUse ? '' : ', no commercial use'),
      });
    } catch (error) {
      rows.push({ pack, origin, state: messageOf(error), answers: '', licence: '' });
    }
  }
  const widths = COLUMNS.map((column) => Math.max(column.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  print(line(COLUMNS));
  for (const row of rows) print(line(COLUMNS.map((column) => row[column])));
  const unused = await findUnusedCompiled(places);
  if (unused.length > 0) {
    print(
      `${unused.length} compiled models are of no pack here, of earlier releases perhaps: npm run models -- tidy takes them away.`,
    );
  }
  return 0;
}

/** Where a file comes from, for a reader. */
function originOf(file: PackFile): string {
  if ('npm' in file) return `npm package ${file.npm}, ${file.path}`;
  if ('pack' in file) return 'beside pack.json';
  if ('local' in file) return 'LIKENESS_MODELS_DIR';
  return 'url' in file ? file.url : `tarball of npm package ${file.npmTarball}, ${file.path}`;
}

function showRecognition(manifest: PackManifest, print: ModelsContext['print']): void {
  print(`vectors          ${dimensionOf(manifest)}-d ${manifest.metric.toLowerCase()}`);
  print(`embedding digest ${embeddingDigest(manifest)}`);
  print(`calibration      ${manifest.calibration?.source ?? 'none: it compares by raw distance only'}`);
  for (const { set, figure } of manifest.accuracy) print(`accuracy         ${set}: ${figure}`);
}

function showClassifier(
  { labels, width, height, fit, output }: ClassifierManifest,
  print: ModelsContext['print'],
): void {
  const more = labels.length > LABELS_SHOWN ? `, and ${labels.length - LABELS_SHOWN} more` : '';
  print(`labels           ${labels.slice(0, LABELS_SHOWN).join(', ')}${more}`);
  print(`input            ${width}x${height}, ${fit.toLowerCase()}`);
  print(`output           ${output.toLowerCase()}`);
}

/** `show NAME`: what a pack is made of, where its files come from and which are here. */
export async function showModel({ places, print }: ModelsContext, name: string): Promise<number> {
  const { folder, manifest } = await readAnyPack(name, places.packsFolders);
  print(`${packIdOf(manifest)} (${folder})`);
  print(manifest.description);
  print(
    `licence          ${manifest.licence}, ${manifest.commercialUse ? 'commercial use allowed' : 'no commercial use'}`,
  );
  if (isClassifier(manifest)) showClassifier(manifest, print);
  else showRecognition(manifest, print);
  for (const model of modelsOf(manifest)) {
    for (const [i, { format, files }] of sourcesOf(model).entries()) {
      print(`${i === 0 ? 'model' : 'or the same'} (${format}, ${model.runtime})`);
      for (const file of files) {
        const found = await findFile(file, { ...places, packFolder: folder });
        const size = found === undefined ? ('bytes' in file ? file.bytes : undefined) : (await stat(found)).size;
        print(
          `  ${found === undefined ? 'missing' : 'here   '} ${nameOf(file)}${size === undefined ? '' : `, ${inMegabytes(size)}`}`,
        );
        print(`          ${originOf(file)}`);
        print(`          sha256 ${file.sha256}`);
      }
    }
  }
  return 0;
}
