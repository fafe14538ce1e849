import { ChannelsLastBuilder, type Value } from '../channels-last';
import type { CompileOptions } from '../front-ends/front-end';
import type { FloatConstant, Graph } from '../graph';
import { ModelError } from '../model-error';
import type { Dim } from '../shapes';
import type { KerasLayer, KerasNet, LayerCall, TensorRef } from './architecture';
import { isKnownFunction, unknownLambdas } from './lambdas';
import { LAYERS } from './layers';
import type { KerasSource } from './source';
import { Settings } from './settings';
import { placeOf, type LayerPath } from './weights';

/** Height and width that shapes are reckoned with where a model takes images of any size. */
const NOMINAL_SIDE = 256;

/** What is known of a layer once it was lowered. */
export interface LoweredLayer {
  readonly dims: readonly Dim[];
  /** Names and numbers of its weights; none for a net, whose layers have their own. */
  readonly weights: readonly { readonly name: string; readonly value: FloatConstant }[];
}

/** Lowers a Keras model layer by layer, each call when what it reads is there. */
export class KerasLowering {
  readonly builder = new ChannelsLastBuilder();
  /** By place; a layer that is called several times as it was called last. */
  readonly lowered = new Map<string, LoweredLayer>();
  /** Of Lambdas, by place, as the user said them. */
  readonly #forms = new Map<string, string>();

  constructor(
    private readonly source: KerasSource,
    private readonly options: CompileOptions,
  ) {}

  run(): Graph {
    const { net } = this.source;
    this.#matchForms(net);
    this.builder.reserve([...net.inputs, ...net.outputs].map(({ layer }) => layer));
    const inputs = net.inputs.map(({ layer }) => this.#input(net, layer));
    const outputs = this.#net(net, [], inputs, '');
    for (const [i, value] of outputs.entries()) this.builder.output(this.#outputName(net, i), value);
    return this.builder.graph;
  }

  /** Finds the form of each Lambda, so that all that are wanting are told at once. */
  #matchForms(net: KerasNet): void {
    const said = Object.entries(this.options.lambdas ?? {});
    const lambdas = [...layersOf(net)].filter(({ layer }) => layer.className === 'Lambda');
    for (const { place } of lambdas) {
      const form = said.find(([pattern]) => matches(pattern, place))?.[1];
      if (form !== undefined) this.#forms.set(place, form);
    }
    const unused = said.find(([pattern]) => !lambdas.some(({ place }) => matches(pattern, place)));
    if (unused !== undefined) throw new ModelError(`The model has no Lambda that is called ${unused[0]}`);
    const unknown = lambdas.filter(({ place, layer }) => !this.#forms.has(place) && !isKnownFunction(layer.config));
    if (unknown.length > 0) throw unknownLambdas(unknown.map(({ place }) => place));
  }

  /** A model may give what it takes; two tensors then want two names. */
  #outputName({ inputs, outputs }: KerasNet, i: number): string {
    const { layer } = outputs[i]!;
    const isTaken =
      inputs.some((input) => input.layer === layer) || outputs.slice(0, i).some((one) => one.layer === layer);
    return isTaken ? `${layer}_${i}` : layer;
  }

  #input(net: KerasNet, name: string): Value {
    const config = net.layers.find((layer) => layer.name === name)?.config ?? {};
    const shape = config['batch_shape'] ?? config['batch_input_shape'];
    if (!Array.isArray(shape) || shape.length < 2) throw new ModelError(`The input ${name} does not say its shape`);
    const dims = shape.map((size: unknown, i): Dim => {
      if (i === 0) return { size: 1, free: true };
      const isSide = shape.length === 4 && i < 3;
      if (size === null && isSide) return { size: NOMINAL_SIDE, free: true };
      if (!Number.isSafeInteger(size) || (size as number) < 1)
        throw new ModelError(`The input ${name} has a shape that is not known`);
      return { size: size as number, free: isSide && this.options.freeSize === true };
    });
    return this.builder.input(name, dims, this.options.inputLayout === 'NCHW');
  }

  /** @param prefix of the places of what the net's calls make. */
  #net(net: KerasNet, path: LayerPath, inputs: readonly Value[], prefix: string): Value[] {
    const layers = new Map(net.layers.map((layer) => [layer.name, layer]));
    const values = new Map<string, Value>();
    if (inputs.length !== net.inputs.length) {
      throw new ModelError(
        `The net ${placeOf(path) || net.name} takes ${net.inputs.length} inputs and is given ${inputs.length}`,
      );
    }
    net.inputs.forEach((ref, i) => values.set(keyOf(ref), inputs[i]!));
    for (const layer of net.layers) {
      if (layer.className === 'InputLayer')
        this.lowered.set(placeOf([...path, { net, layer }]), {
          dims: values.get(`${layer.name}:0`)?.dims ?? [],
          weights: [],
        });
    }
    for (const output of net.outputs) this.#fill(output, { net, layers, values, path, prefix });
    return net.outputs.map((ref) => values.get(keyOf(ref))!);
  }

  /** Walks with a list of its own: a net may be deeper than the call stack. */
  #fill(wanted: TensorRef, scene: NetScene): void {
    const { layers, values } = scene;
    const open = [wanted];
    const waiting = new Set<string>();
    while (open.length > 0) {
      const ref = open.at(-1)!;
      if (values.has(keyOf(ref))) {
        open.pop();
        continue;
      }
      const layer = layers.get(ref.layer);
      const call = layer?.calls[callIndex(layer, ref)];
      if (layer === undefined || call === undefined)
        throw new ModelError(`The model reads ${ref.layer}, which it does not have`);
      const missing = call.inputs.filter((input) => !values.has(keyOf(input)));
      if (missing.length > 0 && waiting.has(keyOf(ref)))
        throw new ModelError(`The model's layers read each other in a circle at ${ref.layer}`);
      if (missing.length > 0) {
        waiting.add(keyOf(ref));
        open.push(...missing);
        continue;
      }
      values.set(keyOf(ref), this.#call(layer, call, ref, scene));
      open.pop();
    }
  }

  #call(layer: KerasLayer, call: LayerCall, ref: TensorRef, { net, values, path, prefix }: NetScene): Value {
    const own = [...path, { net, layer }];
    const place = `${prefix}${layer.name}${ref.call > 0 ? `_${ref.call}` : ''}`;
    const inputs = call.inputs.map((input) => values.get(keyOf(input))!);
    if (layer.net !== undefined) {
      const [output, ...more] = this.#net(layer.net, own, inputs, `${place}/`);
      if (output === undefined || more.length > 0)
        throw new ModelError(`The net ${placeOf(own)} has ${more.length + 1} outputs; within a model one is supported`);
      this.lowered.set(placeOf(own), { dims: output.dims, weights: [] });
      return output;
    }
    const lower = Object.hasOwn(LAYERS, layer.className) ? LAYERS[layer.className] : undefined;
    if (lower === undefined)
      throw new ModelError(`The layer ${placeOf(own)} is a ${layer.className}, which is not supported`);
    if (inputs.length === 0) throw new ModelError(`The layer ${placeOf(own)} reads nothing`);
    const weights: LoweredLayer['weights'][number][] = [];
    const value = lower(inputs, {
      builder: this.builder,
      place,
      kerasVersion: this.source.kerasVersion,
      settings: new Settings(placeOf(own), layer.config),
      callSettings: call.settings,
      form: this.#forms.get(placeOf(own)),
      weights: (...names) => {
        const read = this.source.weights.read(own, names);
        names.forEach((name, i) => weights.push({ name, value: read[i]! }));
        return read;
      },
    });
    const isEmpty = value.dims.some(({ size }) => size < 1);
    if (isEmpty)
      throw new ModelError(
        `The layer ${placeOf(own)} makes ${value.dims.map(({ size }) => size).join(' x ')} of its input, which is nothing`,
      );
    this.lowered.set(placeOf(own), { dims: value.dims, weights });
    return value;
  }
}

interface NetScene {
  readonly net: KerasNet;
  readonly layers: ReadonlyMap<string, KerasLayer>;
  readonly values: Map<string, Value>;
  readonly path: LayerPath;
  readonly prefix: string;
}

/** @param pattern a place; a star in it stands for anything. */
function matches(pattern: string, place: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return place === pattern;
  const last = rest.pop()!;
  if (!place.startsWith(first) || !place.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = place.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= place.length - last.length;
}

/** Every layer, those of nets within the net among them. */
function* layersOf(net: KerasNet, prefix = ''): Generator<{ layer: KerasLayer; place: string }> {
  for (const layer of net.layers) {
    const place = `${prefix}${layer.name}`;
    yield { layer, place };
    if (layer.net !== undefined) yield* layersOf(layer.net, `${place}/`);
  }
}

const keyOf = ({ layer, call }: TensorRef): string => `${layer}:${call}`;

/** A net within another was called once by itself when it was made, which files of Keras 2 count and do not list. */
function callIndex(layer: KerasLayer, { call }: TensorRef): number {
  return layer.net !== undefined && layer.calls.length === call ? call - 1 : call;
}
