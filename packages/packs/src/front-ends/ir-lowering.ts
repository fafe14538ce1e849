import { floats, sizeOf, type Attribute, type FloatConstant } from '../graph';
import { GraphBuilder } from '../graph-builder';
import { ModelError } from '../model-error';
import { reshapeTarget } from '../shapes';
import type { IrLayer, IrWeights } from './ir-file';

/** A tensor on its way: images lie channels first, as in the source. */
export interface IrValue {
  readonly name: string;
  /** As the file says. */
  readonly dims: readonly number[];
  /** Whether it depends on the input, so that its first size is the batch's. */
  readonly isBatched: boolean;
}

/** What a layer becomes: the name of its first output, the only one that other layers may read. */
export type IrLower = (layer: IrLayer, inputs: readonly IrValue[], tools: IrTools) => string;

/** What lowerings of both generations of files need. */
export class IrTools {
  readonly builder = new GraphBuilder();

  constructor(
    readonly weights: IrWeights,
    /** Whether the image's size is to be free, which no reshape allows. */
    readonly freeSize: boolean,
  ) {}

  node(op: string, layer: IrLayer, inputs: readonly string[], attributes: Record<string, Attribute> = {}): string {
    return this.builder.node(op, layer.name, inputs, attributes);
  }

  constant(layer: IrLayer, part: string, constant: FloatConstant): string {
    return this.builder.constant(`${layer.name}/${part}`, constant);
  }

  /** @throws ModelError when the value is computed instead of given. */
  known(layer: IrLayer, value: IrValue | undefined): FloatConstant {
    const constant = value && this.builder.graph.constants.get(value.name);
    if (constant?.type !== 'FLOAT')
      throw new ModelError(`${layer.type} at ${layer.name} needs a constant that the model computes`);
    return constant;
  }

  /** Numbers that lie beside a layer of an older file. @throws ModelError when they are not there. */
  blob(layer: IrLayer, part: string, dims?: readonly number[]): FloatConstant {
    const at = layer.blobs[part];
    if (at === undefined) throw new ModelError(`${layer.type} at ${layer.name} lacks its ${part}`);
    return this.weights.read(at, layer.precision, dims, layer.name);
  }

  /** Gives a tensor the shape that the layer's output has in the file. */
  reshape(layer: IrLayer, x: IrValue): string {
    const target = outputDims(layer);
    const constant = this.builder.graph.constants.get(x.name);
    if (constant?.type === 'FLOAT' && sizeOf(target) === constant.data.length) {
      return this.constant(layer, 'reshaped', floats(target, constant.data));
    }
    if (this.freeSize) throw new ModelError(`${layer.type} at ${layer.name} is for one size of image only`);
    const from = x.dims.map((size, i) => ({ size, free: i === 0 && x.isBatched }));
    const { written } = reshapeTarget(from, target, layer.name);
    return this.node('Reshape', layer, [x.name, this.builder.integers(`${layer.name}/shape`, written)]);
  }

  /** One slope for all, or one for each channel. */
  prelu(layer: IrLayer, x: IrValue, slope: FloatConstant): string {
    const channels = x.dims.length === 4 && slope.data.length > 1 ? [1, slope.data.length, 1, 1] : slope.dims;
    return this.node('PRelu', layer, [x.name, this.constant(layer, 'slope', floats(channels, slope.data))]);
  }
}

export function outputDims(layer: IrLayer): readonly number[] {
  const [output] = layer.outputs;
  if (output === undefined) throw new ModelError(`${layer.type} at ${layer.name} has no output`);
  return output.dims;
}

/** Whole numbers with commas between them. */
export const ints = (text: string | undefined): number[] => (text ? text.split(',').map(Number) : []);

export const isTrue = (text: string | undefined): boolean => text === 'true' || text === '1';

/** How a window moves, in both generations of files. */
export function windowOf({ data }: IrLayer): Record<string, Attribute> {
  const window: Record<string, Attribute> = { strides: { ints: ints(data['strides']) } };
  if (data['dilations'] !== undefined) window['dilations'] = { ints: ints(data['dilations']) };
  const auto = data['auto_pad'];
  if (auto === 'same_upper' || auto === 'same_lower') window['auto_pad'] = { text: auto.toUpperCase() };
  else if (auto !== 'valid') window['pads'] = { ints: [...ints(data['pads_begin']), ...ints(data['pads_end'])] };
  return window;
}

export function pool(kind: 'MaxPool' | 'AveragePool', layer: IrLayer, x: IrValue, tools: IrTools): string {
  const { dilations: _unused, ...window } = windowOf(layer);
  return tools.node(kind, layer, [x.name], {
    ...window,
    kernel_shape: { ints: ints(layer.data['kernel']) },
    ceil_mode: { int: layer.data['rounding_type'] === 'ceil' ? 1 : 0 },
    ...(kind === 'AveragePool' && { count_include_pad: { int: isTrue(layer.data['exclude-pad']) ? 0 : 1 } }),
  });
}

/** Length 1 along the channels. The tiny number that the source adds to the length is left out. */
export function normalise(layer: IrLayer, x: IrValue, overImage: boolean, tools: IrTools): string {
  if (overImage && x.dims.slice(2).some((size) => size !== 1)) {
    throw new ModelError(`${layer.type} over a whole image at ${layer.name} is not known to the model compiler`);
  }
  return tools.node('LpNormalization', layer, [x.name], { axis: { int: 1 }, p: { int: 2 } });
}

/** Holds the numbers between two bounds that are written as text. */
export function clamp(layer: IrLayer, x: IrValue, tools: IrTools): string {
  const bound = (part: 'min' | 'max'): string =>
    tools.constant(layer, part, floats([], Float32Array.of(Number(layer.data[part]))));
  return tools.node('Clip', layer, [x.name, bound('min'), bound('max')]);
}

/** Batches are free in what depends on the input, sizes where the caller wants it. */
export const inputDims = (dims: readonly number[], freeSize: boolean): (number | string)[] => {
  const names = ['batch', 'channels', 'height', 'width'];
  return dims.map((size, i) => (i === 0 || (freeSize && dims.length === 4 && i > 1) ? names[i]! : size));
};
