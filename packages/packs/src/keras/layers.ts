import type { Value } from '../channels-last';
import { transposed } from '../constants';
import { floats, sizeOf, type FloatConstant } from '../graph';
import { ModelError } from '../model-error';
import type { Window } from '../windows';
import { activate, ACTIVATION_LAYERS } from './activations';
import type { LayerScene, LowerLayer } from './layer-scene';
import { lambda } from './lambdas';
import { MERGES } from './merges';
import { scaled } from './scaled';

const activated = (x: Value, scene: LayerScene): Value => activate(x, scene.settings.json['activation'], scene);

/** @throws ModelError for channels first. */
function assertChannelsLast({ settings, place }: LayerScene): void {
  if (settings.text('data_format', 'channels_last') !== 'channels_last') {
    throw new ModelError(
      `The layer ${place} has its channels first, which is not supported: save the model with data_format channels_last`,
    );
  }
}

function paddingOf({ settings }: LayerScene): Window['padding'] {
  const padding = settings.text('padding', 'valid').toUpperCase();
  if (padding !== 'SAME' && padding !== 'VALID') throw settings.wrong('padding');
  return padding;
}

function windowOf(scene: LayerScene): Window {
  assertChannelsLast(scene);
  const { settings } = scene;
  return {
    strides: settings.pair('strides', [1, 1]),
    dilations: settings.pair('dilation_rate', [1, 1]),
    padding: paddingOf(scene),
  };
}

function biased(x: Value, bias: FloatConstant | undefined, { builder, place }: LayerScene): Value {
  return bias === undefined ? x : builder.binary('Add', x, builder.constant(`${place}/bias`, bias), place);
}

const biasName = ({ settings }: LayerScene): string[] => (settings.flag('use_bias', true) ? ['bias'] : []);

/** Kernels `[height, width, in / groups, out]`. */
const convolution: LowerLayer = ([x], scene) => {
  const window = windowOf(scene);
  const [kernel, bias] = scene.weights('kernel', ...biasName(scene));
  assertRank(kernel!, 4, scene);
  const filters = transposed(kernel!, [3, 2, 0, 1]);
  const groups = scene.settings.number('groups', 1);
  return activated(biased(scene.builder.convolution(x!, filters, groups, window, scene.place), bias, scene), scene);
};

/** Kernels `[height, width, channels, multiplier]`: each channel has its own. */
function depthwiseFilters(kernel: FloatConstant, scene: LayerScene): FloatConstant {
  assertRank(kernel, 4, scene);
  const [height, width, channels, multiplier] = kernel.dims as [number, number, number, number];
  return floats([channels * multiplier, 1, height, width], transposed(kernel, [2, 3, 0, 1]).data);
}

/** Keras 2 calls the kernel depthwise_kernel, Keras 3 kernel; it is the first of two, or alone, in both. */
const depthwise: LowerLayer = ([x], scene) => {
  const window = windowOf(scene);
  const [kernel, bias] = scene.weights(scene.kerasVersion >= 3 ? 'kernel' : 'depthwise_kernel', ...biasName(scene));
  const filters = depthwiseFilters(kernel!, scene);
  const convolved = scene.builder.convolution(x!, filters, kernel!.dims[2]!, window, scene.place);
  return activated(biased(convolved, bias, scene), scene);
};

const separable: LowerLayer = ([x], scene) => {
  const window = windowOf(scene);
  const [own, points, bias] = scene.weights('depthwise_kernel', 'pointwise_kernel', ...biasName(scene));
  assertRank(points!, 4, scene);
  const each = scene.builder.convolution(x!, depthwiseFilters(own!, scene), own!.dims[2]!, window, scene.place);
  const still = { strides: [1, 1], dilations: [1, 1], padding: 'VALID' } as const;
  const mixed = scene.builder.convolution(each, transposed(points!, [3, 2, 0, 1]), 1, still, `${scene.place}/points`);
  return activated(biased(mixed, bias, scene), scene);
};

const dense: LowerLayer = ([x], scene) => {
  const { builder, place } = scene;
  const [kernel, bias] = scene.weights('kernel', ...biasName(scene));
  assertRank(kernel!, 2, scene);
  if (x!.dims.length !== 4) return activated(builder.multiplyMatrix(x!, kernel!, false, bias, place), scene);
  const turned = transposed(kernel!, [1, 0]);
  const window = { strides: [1, 1], dilations: [1, 1], padding: 'VALID' } as const;
  const filters = floats([...turned.dims, 1, 1], turned.data);
  return activated(biased(builder.convolution(x!, filters, 1, window, place), bias, scene), scene);
};

const normalisation: LowerLayer = ([x], scene) => {
  const { settings, builder, place } = scene;
  const axis = Array.isArray(settings.json['axis']) ? settings.numbers('axis')[0] : settings.number('axis', -1);
  if (axis !== -1 && axis !== x!.dims.length - 1) throw settings.wrong('axis');
  const [hasScale, hasCentre] = [settings.flag('scale', true), settings.flag('center', true)];
  const names = [...(hasScale ? ['gamma'] : []), ...(hasCentre ? ['beta'] : []), 'moving_mean', 'moving_variance'];
  const read = scene.weights(...names).map(({ data }) => data);
  const gamma = hasScale ? read.shift()! : undefined;
  const beta = hasCentre ? read.shift()! : undefined;
  const [mean, variance] = read as [Float32Array, Float32Array];
  const epsilon = settings.number('epsilon', 1e-3);
  const factor = variance.map((value, i) => (gamma?.[i] ?? 1) / Math.sqrt(value + epsilon));
  const offset = mean.map((value, i) => (beta?.[i] ?? 0) - value * factor[i]!);
  return scaled(x!, factor, offset, builder, place);
};

const pooling =
  (kind: 'MaxPool' | 'AveragePool'): LowerLayer =>
  ([x], scene) => {
    assertChannelsLast(scene);
    const { settings, builder, place } = scene;
    const kernel = settings.pair('pool_size', [2, 2]);
    const window = { strides: settings.pair('strides', kernel), dilations: [1, 1], padding: paddingOf(scene) } as const;
    return builder.pool(kind, x!, kernel, window, place);
  };

const globalPooling =
  (op: 'ReduceMean' | 'ReduceMax'): LowerLayer =>
  ([x], scene) => {
    assertChannelsLast(scene);
    if (x!.dims.length !== 4) throw new ModelError(`The layer ${scene.place} pools no image`);
    return scene.builder.reduce(op, x!, [1, 2], scene.settings.flag('keepdims', false), scene.place);
  };

const padding: LowerLayer = ([x], scene) => {
  assertChannelsLast(scene);
  const { settings, builder, place } = scene;
  const value = settings.json['padding'];
  const sides = Array.isArray(value)
    ? value.map((one: unknown) => (Array.isArray(one) ? one : [one, one]))
    : [
        [value, value],
        [value, value],
      ];
  const flat = sides.flat() as number[];
  if (flat.length !== 4 || !flat.every((count) => Number.isInteger(count) && count >= 0))
    throw settings.wrong('padding');
  const [top, bottom, left, right] = flat as [number, number, number, number];
  return builder.pad(x!, [0, top, left, 0], [0, bottom, right, 0], 0, place);
};

const prelu: LowerLayer = ([x], scene) => {
  const [alpha] = scene.weights('alpha');
  return scene.builder.prelu(x!, scene.builder.constant(`${scene.place}/alpha`, alpha!), scene.place);
};

const flatten: LowerLayer = ([x], scene) => {
  assertChannelsLast(scene);
  const rest = x!.dims.slice(1);
  if (rest.some(({ free }) => free))
    throw new ModelError(`The layer ${scene.place} flattens an image of any size: give the model one size`);
  return scene.builder.reshape(x!, [-1, sizeOf(rest.map(({ size }) => size))], scene.place);
};

const reshape: LowerLayer = ([x], scene) => {
  const target = scene.settings.numbers('target_shape');
  const rest = sizeOf(x!.dims.slice(1).map(({ size }) => size));
  const known = sizeOf(target.filter((size) => size !== -1));
  return scene.builder.reshape(x!, [-1, ...target.map((size) => (size === -1 ? rest / known : size))], scene.place);
};

const upsampling: LowerLayer = ([x], scene) => {
  assertChannelsLast(scene);
  const { settings, builder, place } = scene;
  const [down, across] = settings.pair('size', [2, 2]);
  const mode = settings.text('interpolation', 'nearest');
  if (mode !== 'nearest' && mode !== 'bilinear') throw settings.wrong('interpolation');
  const [, height, width] = x!.dims;
  const to = [height!.size * down, width!.size * across] as const;
  const how = mode === 'nearest' ? 'nearest' : 'linear';
  return builder.resize(x!, to, how, { corners: false, centres: how === 'linear' }, place);
};

const rescaling: LowerLayer = ([x], { settings, builder, place }) => {
  const list = (name: string): number[] => (settings.has(name) ? settings.numbers(name) : [0]);
  const [scale, offset] = [list('scale'), list('offset')];
  return scaled(x!, Float32Array.from(scale), Float32Array.from(offset), builder, place);
};

/** Keras' own least deviation. */
const NORMALIZATION_EPSILON = 1e-7;

const normalization: LowerLayer = ([x], scene) => {
  const { settings, builder, place } = scene;
  if (settings.flag('invert', false)) throw settings.wrong('invert');
  const given = settings.has('mean') && settings.has('variance');
  const flat = (name: string): number[] => [settings.json[name]].flat(4) as number[];
  const [mean, variance] = given
    ? [Float32Array.from(flat('mean')), Float32Array.from(flat('variance'))]
    : (scene.weights('mean', 'variance', 'count').map(({ data }) => data) as [Float32Array, Float32Array]);
  const channels = x!.dims.at(-1)!.size;
  const fits = mean!.length === variance!.length && (mean!.length === 1 || mean!.length === channels);
  if (!fits) throw settings.wrong('axis');
  const factor = variance!.map((value) => 1 / Math.max(Math.sqrt(value), NORMALIZATION_EPSILON));
  return scaled(
    x!,
    factor,
    mean!.map((value, i) => -value * factor[i]!),
    builder,
    place,
  );
};

const unitNormalization: LowerLayer = ([x], { settings, builder, place }) => {
  const axis = [settings.json['axis'] ?? -1].flat();
  if (axis.length !== 1 || (axis[0] !== -1 && axis[0] !== x!.dims.length - 1)) throw settings.wrong('axis');
  return builder.normalise(x!, place);
};

/** What does something while a model is trained only. */
const passed: LowerLayer = ([x]) => x!;

const permute: LowerLayer = ([x], { settings, builder, place }) =>
  builder.transpose(x!, [0, ...settings.numbers('dims')], place);

function assertRank(kernel: FloatConstant, rank: number, { place }: LayerScene): void {
  if (kernel.dims.length !== rank) {
    throw new ModelError(
      `The layer ${place} has a kernel of ${kernel.dims.join(' x ')}, which is not of ${rank} dimensions`,
    );
  }
}

const activations = Object.fromEntries(
  Object.entries(ACTIVATION_LAYERS).map(([name, layer]): [string, LowerLayer] => [
    name,
    ([x], scene) => layer(x!, scene.settings, scene),
  ]),
);

/** Every layer that is known, by its class. */
export const LAYERS: Readonly<Record<string, LowerLayer>> = {
  ...activations,
  ...MERGES,
  Conv2D: convolution,
  Convolution2D: convolution,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  Dense: dense,
  BatchNormalization: normalisation,
  PReLU: prelu,
  MaxPooling2D: pooling('MaxPool'),
  AveragePooling2D: pooling('AveragePool'),
  GlobalAveragePooling2D: globalPooling('ReduceMean'),
  GlobalMaxPooling2D: globalPooling('ReduceMax'),
  ZeroPadding2D: padding,
  UpSampling2D: upsampling,
  Flatten: flatten,
  Lambda: lambda,
  Reshape: reshape,
  Permute: permute,
  Rescaling: rescaling,
  Normalization: normalization,
  UnitNormalization: unitNormalization,
  Dropout: passed,
  SpatialDropout2D: passed,
  AlphaDropout: passed,
  GaussianDropout: passed,
  GaussianNoise: passed,
  ActivityRegularization: passed,
};
