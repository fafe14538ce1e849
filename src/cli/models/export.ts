import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  KERAS_FILES,
  loadFormat,
  writeKeras,
  type NewKerasLayer,
  type NewKerasModel,
} from '../../../packages/packs/src';
import type { EmbedderTables } from '../../../workers/inference/face-embedder';
import { findSoundFile } from '../../../workers/inference/pack-files';
import { packIdOf, type PackEmbedder } from '../../../workers/inference/pack-manifest';
import { readPack } from '../../../workers/inference/pack-registry';
import { readTables } from '../../../workers/inference/pack-tables';
import { UsageError, type ModelsContext } from './context';

/**
 * `export NAME FILE`: the trained projection of a pack as a Keras model, `.h5` or `.keras`.
 *
 * @throws UsageError when the pack has none, or several, or the file has another ending.
 */
export async function exportProjection({ places, print }: ModelsContext, name: string, file: string): Promise<number> {
  const kind = KERAS_FILES.find((ending) => file.endsWith(`.${ending}`));
  if (kind === undefined) throw new UsageError(`${file} must end in .h5 or .keras.`);
  const { folder, manifest } = await readPack(name, places.packsFolders);
  const projecting = manifest.embedders.filter(({ projection }) => projection !== undefined);
  const [embedder] = projecting;
  if (embedder === undefined || projecting.length > 1) {
    throw new UsageError(`${packIdOf(manifest)} has ${embedder === undefined ? 'no' : 'more than one'} projection.`);
  }
  const paths: Record<string, string> = {};
  for (const table of [embedder.centre ?? [], embedder.projection!.file].flat()) {
    const found = await findSoundFile(table, { ...places, packFolder: folder });
    if (found !== undefined) paths[table.sha256] = found;
    else
      throw new Error(
        `A file of ${packIdOf(manifest)} is not here, or damaged: npm run models -- verify ${name} says which`,
      );
  }
  const tables = await readTables({ manifest, paths, compiled: {} }, embedder);
  await loadFormat('keras');
  const written = writeKeras(projectionModel(embedder, tables), kind);
  await writeFile(file, written, { flag: 'wx' }).catch((error: unknown) => {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw isThere ? new UsageError(`${file} is there already: say another name.`) : error;
  });
  print(
    `${path.basename(file)} takes ${embedder.projection!.from} numbers of the net and gives ${embedder.dimension}.`,
  );
  return 0;
}

/** What an embedder does to the numbers of its net, layer by layer: see FaceEmbedder. Square roots, where it takes them, are taken before. */
export function projectionModel({ unit, dimension, projection }: PackEmbedder, tables: EmbedderTables): NewKerasModel {
  const columns = projection!.from;
  const turned = new Float32Array(columns * dimension);
  tables.projection!.forEach((value, i) => (turned[(i % columns) * dimension + Math.floor(i / columns)] = value));
  const layer = (className: string, name: string, config: NewKerasLayer['config'] = {}): NewKerasLayer => ({
    className,
    name,
    config,
    weights: [],
  });
  const { centre } = tables;
  return {
    name: 'projection',
    inputShape: [columns],
    layers: [
      ...(unit ? [layer('UnitNormalization', 'unit')] : []),
      ...(centre ? [layer('Rescaling', 'centred', { scale: 1, offset: Array.from(centre, (value) => -value) })] : []),
      ...(centre && unit ? [layer('UnitNormalization', 'centred_unit')] : []),
      {
        ...layer('Dense', 'projected', { units: dimension, use_bias: false }),
        weights: [{ name: 'kernel', value: { type: 'FLOAT', dims: [columns, dimension], data: turned } }],
      },
    ],
  };
}
