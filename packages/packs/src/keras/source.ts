import type { ModelFile } from '../front-ends/front-end';
import { ModelError } from '../model-error';
import { isZip, readArchive } from './archive';
import { readArchitecture, type KerasNet } from './architecture';
import { Hdf5File, isHdf5 } from './hdf5';
import { isObject } from './settings';
import { openWeights, type KerasWeights } from './weights';

/** A Keras model whose weights can be read. */
export interface KerasSource {
  readonly net: KerasNet;
  readonly weights: KerasWeights;
  /** Of the Keras that wrote it: 2 or 3; what is older counts as 2. */
  readonly kerasVersion: number;
  close(): void;
}

/** Protocol 2 and later; nothing of Keras begins so. */
const PICKLE = 0x80;

/**
 * Opens a Keras model: a `.keras` archive, a whole `.h5`, or weights beside the architecture's JSON, in either order.
 *
 * @param onUnpacked told when the bytes of an archive are read no more.
 * @throws ModelError saying which file is not what it should be.
 */
export function openKeras(
  files: readonly ModelFile[],
  onUnpacked: (bytes: Uint8Array) => void = () => undefined,
): KerasSource {
  const [only] = files;
  if (files.length === 1 && isZip(only!.bytes)) {
    const { config, metadata, weights } = readArchive(only!);
    onUnpacked(only!.bytes);
    const said = parseJson(metadata.name, metadata.bytes);
    const json = parseJson(config.name, config.bytes);
    return opened(weights, () => (isObject(json) && isObject(said) ? { ...said, ...json } : json), only!.name);
  }
  const hdf5 = files.filter(({ bytes }) => isHdf5(bytes));
  const others = files.filter(({ bytes }) => !isHdf5(bytes));
  const pickle = others.find(({ bytes }) => bytes[0] === PICKLE);
  if (pickle !== undefined) {
    throw new ModelError(
      `${pickle.name} is a pickle of Python, which could run code: it is not read. Save the model with model.save() as .keras or .h5`,
    );
  }
  if (hdf5.length !== 1 || others.length > 1) {
    const name = files.map((file) => file.name).join(', ') || 'Nothing';
    throw new ModelError(
      `${name} is no Keras model: one .h5 or .keras file is wanted, or weights (.h5) and the architecture (.json)`,
    );
  }
  const json = others[0];
  return opened(
    hdf5[0]!,
    (file) => (json === undefined ? configOf(file) : parseJson(json.name, json.bytes)),
    (json ?? hdf5[0]!).name,
  );
}

/** @param name of the file that the architecture comes from. */
function opened(weights: ModelFile, architecture: (file: Hdf5File) => unknown, name: string): KerasSource {
  const file = new Hdf5File(weights.name, weights.bytes);
  try {
    const json = architecture(file);
    const net = readArchitecture(json, name);
    return { net, weights: openWeights(file), kerasVersion: majorOf(json, file), close: () => file.close() };
  } catch (error) {
    file.close();
    throw error;
  }
}

function configOf(file: Hdf5File): unknown {
  const text = file.texts('', 'model_config')?.[0];
  if (text === undefined) {
    throw new ModelError(
      `${file.name} holds weights alone: give the architecture beside it, the JSON of model.to_json()`,
    );
  }
  return parseJson(`${file.name}'s model_config`, Buffer.from(text));
}

export function parseJson(name: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch (error) {
    throw new ModelError(`${name} is no JSON: ${(error as Error).message.slice(0, 120)}`);
  }
}

/** The JSON says which Keras wrote it, else the weights do. */
function majorOf(json: unknown, file: Hdf5File): number {
  const said = isObject(json) ? json['keras_version'] : undefined;
  const version =
    typeof said === 'string'
      ? said
      : (file.texts('', 'keras_version') ?? file.texts('model_weights', 'keras_version'))?.[0];
  const layered = isObject(json) && typeof json['module'] === 'string';
  return version === undefined ? (layered ? 3 : 2) : Math.max(2, Number.parseInt(version, 10) || 2);
}
