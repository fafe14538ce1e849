import { ModelError } from '../model-error';
import { isObject, type Json } from './settings';

/** One output of one call of a layer. */
export interface TensorRef {
  readonly layer: string;
  /** Which call of the layer: a layer that is shared is called several times. */
  readonly call: number;
}

export interface LayerCall {
  readonly inputs: readonly TensorRef[];
  /** Arguments that are no tensors. */
  readonly settings: Json;
}

export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Json;
  readonly calls: readonly LayerCall[];
  /** The net that the layer is, where it is one. */
  readonly net?: KerasNet;
}

/** A Keras model as a graph of layers, a Sequential one among them. */
export interface KerasNet {
  readonly name: string;
  /** Whether it was a chain from the start. */
  readonly isSequential: boolean;
  readonly layers: readonly KerasLayer[];
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
}

/** Nets within nets; real ones have two or three. */
const MAX_DEPTH = 16;
const NETS = new Set(['Sequential', 'Functional', 'Model']);

/** @param json what `model.to_json()` gives, or a file's `model_config`. @throws ModelError saying what is not as Keras writes it. */
export function readArchitecture(json: unknown, file: string): KerasNet {
  if (!isObject(json) || typeof json['class_name'] !== 'string') {
    throw new ModelError(`${file} holds no architecture of a Keras model`);
  }
  if (!NETS.has(json['class_name'])) {
    throw new ModelError(
      `${file} is a model of the class ${json['class_name']}, whose code only its author has: save it as a Functional or Sequential model`,
    );
  }
  return readNet(json['class_name'], json['config'], file, 0);
}

function readNet(className: string, config: unknown, place: string, depth: number): KerasNet {
  if (depth > MAX_DEPTH) throw new ModelError(`${place} holds models within models, too deep to be read`);
  const list = Array.isArray(config) ? config : isObject(config) ? config['layers'] : undefined;
  if (!Array.isArray(list)) throw new ModelError(`${place} lists no layers`);
  const settings = isObject(config) ? config : {};
  const name = typeof settings['name'] === 'string' ? settings['name'] : className.toLowerCase();
  const layers = list.map((layer) => readLayer(layer, depth === 0 ? '' : `${name}/`, depth));
  const names = new Set(layers.map((layer) => layer.name));
  if (names.size < layers.length) throw new ModelError(`${place} has two layers of one name`);
  if (className === 'Sequential') return readChain(name, layers, settings, place);
  return {
    name,
    isSequential: false,
    layers,
    inputs: readRefs(settings['input_layers'], place),
    outputs: readRefs(settings['output_layers'], place),
  };
}

function readLayer(json: unknown, prefix: string, depth: number): KerasLayer {
  if (!isObject(json) || typeof json['class_name'] !== 'string') {
    throw new ModelError(`A layer of ${prefix || 'the model'} has no class_name`);
  }
  const className = json['class_name'];
  const config = isObject(json['config']) ? json['config'] : {};
  const name = json['name'] ?? config['name'];
  if (typeof name !== 'string') throw new ModelError(`A layer ${className} of ${prefix || 'the model'} has no name`);
  const place = `${prefix}${name}`;
  const calls = Array.isArray(json['inbound_nodes']) ? json['inbound_nodes'].map((node) => readCall(node, place)) : [];
  const net = NETS.has(className) ? readNet(className, json['config'], place, depth + 1) : undefined;
  return { className, name, config, calls, ...(net && { net }) };
}

/** Keras 3 writes arguments with tensors among them, Keras 2 a list of `[layer, call, output, arguments]`. */
function readCall(node: unknown, place: string): LayerCall {
  if (Array.isArray(node)) {
    const one = typeof node[0] === 'string' ? [node] : node;
    const settings = (one as unknown[]).map((entry) => (Array.isArray(entry) ? (entry as unknown[])[3] : undefined));
    return { inputs: readRefs(one, place), settings: Object.assign({}, ...settings.filter(isObject)) as Json };
  }
  if (!isObject(node) || !Array.isArray(node['args']))
    throw new ModelError(`The layer ${place} is called in a way not known`);
  const refs: unknown[] = [];
  for (const argument of node['args']) collectTensors(argument, refs);
  const kwargs = isObject(node['kwargs']) ? node['kwargs'] : {};
  for (const argument of Object.values(kwargs)) collectTensors(argument, refs);
  return { inputs: readRefs(refs, place), settings: kwargs };
}

function collectTensors(argument: unknown, refs: unknown[]): void {
  if (Array.isArray(argument)) for (const one of argument) collectTensors(one, refs);
  else if (isObject(argument) && argument['class_name'] === '__keras_tensor__' && isObject(argument['config'])) {
    refs.push(argument['config']['keras_history']);
  }
}

/** `["layer", 0, 0]`, or a list of these; older files leave the numbers out. */
function readRefs(value: unknown, place: string): TensorRef[] {
  const list = Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] !== 'string' ? [value] : value;
  if (!Array.isArray(list)) throw new ModelError(`${place} does not say what it reads`);
  return list.map((entry: unknown) => {
    const [layer, call = 0, output = 0] = Array.isArray(entry) ? (entry as unknown[]) : [entry];
    if (typeof layer !== 'string' || !Number.isInteger(call))
      throw new ModelError(`${place} does not say what it reads`);
    if (output !== 0) throw new ModelError(`${place} reads the second output of ${layer}, which is not supported`);
    return { layer, call: call as number };
  });
}

/** A chain of layers, with an input of its own where the file names none. */
function readChain(name: string, layers: readonly KerasLayer[], settings: Json, place: string): KerasNet {
  const [first] = layers;
  if (first === undefined) throw new ModelError(`${place} has no layers`);
  const shape =
    first.config['batch_input_shape'] ??
    settings['build_input_shape'] ??
    first.net?.layers[0]?.config['batch_input_shape'];
  const input: KerasLayer = {
    className: 'InputLayer',
    name: `${first.name}_input`,
    config: { batch_shape: shape },
    calls: [],
  };
  const chain = first.className === 'InputLayer' ? layers : [input, ...layers];
  const linked = chain.map((layer, i): KerasLayer => {
    const calls = i === 0 ? [] : [{ inputs: [{ layer: chain[i - 1]!.name, call: 0 }], settings: {} }];
    return { ...layer, calls };
  });
  return {
    name,
    isSequential: true,
    layers: linked,
    inputs: [{ layer: chain[0]!.name, call: 0 }],
    outputs: [{ layer: chain.at(-1)!.name, call: 0 }],
  };
}
