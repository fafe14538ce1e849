import { zipSync } from 'fflate';
import { sizeOf, type FloatConstant } from '../graph';
import { ModelError } from '../model-error';
import type { KerasLayer } from './architecture';
import { Hdf5Writer } from './hdf5-writer';
import type { Json } from './settings';
import { countedName } from './weights';

/** A layer of a model that is written. */
export interface NewKerasLayer {
  /** A class of `keras.layers`. */
  readonly className: string;
  readonly name: string;
  /** Its settings; what is left out is as Keras has it. */
  readonly config: Json;
  /** Its numbers by Keras' names, in Keras' order. */
  readonly weights: readonly { readonly name: string; readonly value: FloatConstant }[];
}

/** A chain of layers. */
export interface NewKerasModel {
  readonly name: string;
  /** Without the batch. */
  readonly inputShape: readonly number[];
  readonly layers: readonly NewKerasLayer[];
}

export const KERAS_FILES = ['h5', 'keras'] as const;
export type KerasFile = (typeof KERAS_FILES)[number];

/** The first Keras that reads what is written. */
const KERAS_VERSION = '3.0.0';
/** One and the same, so that the same model gives the same bytes; the first that a zip can say. */
const ZIP_DATE = '1980-01-01T00:00:00';

/**
 * Writes a model as `keras.models.load_model` reads it. HDF5 is loaded beforehand, by `loadFormat('keras')`.
 *
 * @throws ModelError when two layers have one name, or weights do not fit their shape.
 */
export function writeKeras(model: NewKerasModel, kind: KerasFile): Uint8Array {
  if (new Set(model.layers.map(({ name }) => name)).size < model.layers.length) {
    throw new ModelError(`${model.name} has two layers of one name`);
  }
  for (const { name, weights } of model.layers) {
    for (const { name: weight, value } of weights) {
      if (sizeOf(value.dims) !== value.data.length)
        throw new ModelError(`The weight ${name}/${weight} does not fit its shape`);
    }
  }
  return kind === 'h5' ? writeWhole(model) : writeArchive(model);
}

/** Keras' own form of a Sequential model. */
function architectureOf({ name, inputShape, layers }: NewKerasModel): Json {
  const batchShape = [null, ...inputShape];
  const object = (className: string, config: Json): Json => ({
    module: 'keras.layers',
    class_name: className,
    config,
    registered_name: null,
  });
  const input = object('InputLayer', { batch_shape: batchShape, dtype: 'float32', name: `${name}_input` });
  return {
    module: 'keras',
    class_name: 'Sequential',
    config: {
      name,
      layers: [input, ...layers.map((layer) => object(layer.className, { name: layer.name, ...layer.config }))],
      build_input_shape: batchShape,
    },
    registered_name: null,
    build_config: { input_shape: batchShape },
  };
}

function writeWhole(model: NewKerasModel): Uint8Array {
  const file = new Hdf5Writer();
  file.attribute('', 'keras_version', KERAS_VERSION);
  file.attribute('', 'backend', 'jax');
  file.attribute('', 'model_config', JSON.stringify(architectureOf(model)));
  file.group('model_weights');
  file.attribute('model_weights', 'keras_version', KERAS_VERSION);
  file.attribute('model_weights', 'backend', 'jax');
  file.attribute(
    'model_weights',
    'layer_names',
    model.layers.map(({ name }) => name),
  );
  for (const { name, weights } of model.layers) {
    const group = `model_weights/${name}`;
    file.group(group);
    for (const weight of weights) file.numbers(`${group}/${name}/${weight.name}`, weight.value);
    // Keras takes a list that is not there for an empty one.
    if (weights.length > 0)
      file.attribute(
        group,
        'weight_names',
        weights.map((weight) => `${name}/${weight.name}`),
      );
  }
  return file.finish();
}

function writeArchive(model: NewKerasModel): Uint8Array {
  const file = new Hdf5Writer();
  file.group('layers');
  const siblings = model.layers.map((layer): KerasLayer => ({ ...layer, calls: [] }));
  for (const [i, { name, weights }] of model.layers.entries()) {
    const vars = `layers/${countedName(siblings[i]!, siblings)}/vars`;
    file.group(vars);
    file.attribute(vars, 'name', name);
    for (const [at, { value }] of weights.entries()) file.numbers(`${vars}/${at}`, value);
  }
  const json = (value: Json): Uint8Array => Buffer.from(JSON.stringify(value));
  const entries = {
    'metadata.json': json({ keras_version: KERAS_VERSION, date_saved: ZIP_DATE }),
    'config.json': json(architectureOf(model)),
    'model.weights.h5': file.finish(),
  };
  return zipSync(entries, { level: 0, mtime: ZIP_DATE });
}
