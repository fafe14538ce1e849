import { transposed } from '../constants';
import type { ChannelsLastBuilder, Value } from '../channels-last';
import { floats, type FloatConstant } from '../graph';
import { ModelError, unknownOperator } from '../model-error';
import type { Window } from '../windows';
import type { TfjsNode } from './tfjs-node';

type Lower = (node: TfjsNode, inputs: readonly Value[], builder: ChannelsLastBuilder) => Value;

const unary =
  (op: string): Lower =>
  (node, [x], builder) =>
    builder.unary(op, x!, node.name);

const binary =
  (op: string): Lower =>
  (node, [a, b], builder) =>
    builder.binary(op, a!, b!, node.name);

const clip =
  (min: number | undefined, max: number | undefined): Lower =>
  (node, [x], builder) =>
    builder.clip(x!, min, max, node.name);

/** @throws ModelError when the input is computed instead of given. */
function constant(node: TfjsNode, value: Value | undefined, builder: ChannelsLastBuilder): FloatConstant {
  const found = value && builder.constantOf(value);
  if (found === undefined) throw new ModelError(`${node.op} at ${node.name} needs a constant that the model computes`);
  return found;
}

const numbers = (node: TfjsNode, value: Value | undefined, builder: ChannelsLastBuilder): number[] => [
  ...constant(node, value, builder).data,
];

/** Height and width of an attribute that has all four sizes. */
const sides = (node: TfjsNode, attribute: string): [number, number] => {
  const [, height = 1, width = 1] = node.ints(attribute);
  return [height, width];
};

/** @throws ModelError for channels first and for paddings written out, which none of the field's published nets has. */
function windowOf(node: TfjsNode): Window {
  const padding = node.text('padding') ?? 'VALID';
  if ((node.text('data_format') ?? 'NHWC') !== 'NHWC' || (padding !== 'SAME' && padding !== 'VALID')) {
    throw new ModelError(`${node.op} at ${node.name} has a layout or padding that is not known`);
  }
  return { strides: sides(node, 'strides'), dilations: sides(node, 'dilations'), padding };
}

const convolution: Lower = (node, [x, filters, ...rest], builder) => {
  const turned = transposed(constant(node, filters, builder), [3, 2, 0, 1]);
  const groups = x!.dims.at(-1)!.size / turned.dims[1]!;
  return finish(node, builder.convolution(x!, turned, groups, windowOf(node), node.name), rest, builder);
};

/** Filters `[height, width, channels, multiplier]`: each channel has its own. */
const depthwise: Lower = (node, [x, filters, ...rest], builder) => {
  const source = constant(node, filters, builder);
  const [height, width, channels, multiplier] = source.dims as [number, number, number, number];
  const turned = transposed(source, [2, 3, 0, 1]);
  const single = floats([channels * multiplier, 1, height, width], turned.data);
  return finish(node, builder.convolution(x!, single, channels, windowOf(node), node.name), rest, builder);
};

const matrix: Lower = (node, [x, weights, ...rest], builder) => {
  if (node.flag('transpose_a')) throw new ModelError(`${node.op} at ${node.name} turns its input, which is not known`);
  const product = builder.multiplyMatrix(
    x!,
    constant(node, weights, builder),
    node.flag('transpose_b'),
    undefined,
    node.name,
  );
  return finish(node, product, rest, builder);
};

/** What tfjs's own optimiser melted into a convolution or a matrix: a bias, then an activation. */
function finish(node: TfjsNode, value: Value, rest: readonly Value[], builder: ChannelsLastBuilder): Value {
  const inputs = [...rest];
  return node.texts('fused_ops').reduce((x, name) => {
    const place = `${node.name}/${name}`;
    const activation = ACTIVATIONS[name];
    if (name === 'BiasAdd') return builder.binary('Add', x, inputs.shift()!, place);
    if (name === 'Prelu') return builder.prelu(x, inputs.shift()!, place);
    if (name === 'LeakyRelu') return builder.unary('LeakyRelu', x, place, slope(node, 'leakyrelu_alpha'));
    if (activation === undefined) throw unknownOperator(`${node.op} with ${name}`, node.name);
    return activation(place, x, builder);
  }, value);
}

/** TensorFlow's own default is .2. */
const slope = (node: TfjsNode, attribute: string): { alpha: { float: number } } => ({
  alpha: { float: node.float(attribute) ?? 0.2 },
});

const ACTIVATIONS: Readonly<Record<string, (place: string, x: Value, builder: ChannelsLastBuilder) => Value>> = {
  Relu: (place, x, builder) => builder.unary('Relu', x, place),
  Relu6: (place, x, builder) => builder.clip(x, 0, 6, place),
  Elu: (place, x, builder) => builder.unary('Elu', x, place),
  Sigmoid: (place, x, builder) => builder.unary('Sigmoid', x, place),
};

const pool =
  (kind: 'MaxPool' | 'AveragePool'): Lower =>
  (node, [x], builder) =>
    builder.pool(kind, x!, sides(node, 'ksize'), windowOf(node), node.name);

const pad: Lower = (node, [x, amounts, value], builder) => {
  const all = numbers(node, amounts, builder);
  const filler = value === undefined ? 0 : numbers(node, value, builder)[0]!;
  return builder.pad(
    x!,
    all.filter((_, i) => i % 2 === 0),
    all.filter((_, i) => i % 2 === 1),
    filler,
    node.name,
  );
};

const reduce =
  (op: 'ReduceMean' | 'ReduceMax' | 'ReduceSum'): Lower =>
  (node, [x, axes], builder) =>
    builder.reduce(op, x!, numbers(node, axes, builder), node.flag('keep_dims'), node.name);

const squeeze: Lower = (node, [x], builder) => {
  const named = node.ints('squeeze_dims').map((axis) => (axis < 0 ? axis + x!.dims.length : axis));
  const isLeft = (i: number): boolean =>
    named.length > 0 ? !named.includes(i) : x!.dims[i]!.free || x!.dims[i]!.size !== 1;
  return builder.reshape(
    x!,
    x!.dims.filter((_, i) => isLeft(i)).map(({ size }) => size),
    node.name,
  );
};

const expand: Lower = (node, [x, axis], builder) => {
  const [at = 0] = numbers(node, axis, builder);
  const sizes = x!.dims.map(({ size }) => size);
  return builder.reshape(x!, sizes.toSpliced(at < 0 ? at + sizes.length + 1 : at, 0, 1), node.name);
};

/** Scale, offset, mean and variance of each channel, as one scale and one offset. */
const batchNorm: Lower = (node, [x, ...rest], builder) => {
  const [scale, offset, mean, variance] = rest.map((value) => constant(node, value, builder).data) as Float32Array[];
  const epsilon = node.float('epsilon') ?? 0.001;
  const factor = scale!.map((value, i) => value / Math.sqrt(variance![i]! + epsilon));
  const shift = offset!.map((value, i) => value - mean![i]! * factor[i]!);
  const scaled = builder.binary(
    'Mul',
    x!,
    builder.constant(`${node.name}/scale`, floats([factor.length], factor)),
    node.name,
  );
  return builder.binary(
    'Add',
    scaled,
    builder.constant(`${node.name}/offset`, floats([shift.length], shift)),
    node.name,
  );
};

const resize =
  (mode: 'linear' | 'nearest'): Lower =>
  (node, [x, size], builder) => {
    const [height, width] = numbers(node, size, builder) as [number, number];
    const places = { corners: node.flag('align_corners'), centres: node.flag('half_pixel_centers') };
    return builder.resize(x!, [height, width], mode, places, node.name);
  };

/** What each operator of TensorFlow.js becomes. */
export const LOWERINGS: Readonly<Record<string, Lower>> = {
  Identity: (_node, [x]) => x!,
  Conv2D: convolution,
  _FusedConv2D: convolution,
  DepthwiseConv2dNative: depthwise,
  DepthwiseConv2d: depthwise,
  FusedDepthwiseConv2dNative: depthwise,
  MatMul: matrix,
  _FusedMatMul: matrix,
  BiasAdd: binary('Add'),
  Add: binary('Add'),
  AddV2: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  RealDiv: binary('Div'),
  Div: binary('Div'),
  Minimum: binary('Min'),
  Maximum: binary('Max'),
  Relu: unary('Relu'),
  Relu6: clip(0, 6),
  Elu: unary('Elu'),
  Sigmoid: unary('Sigmoid'),
  Tanh: unary('Tanh'),
  Exp: unary('Exp'),
  Sqrt: unary('Sqrt'),
  Abs: unary('Abs'),
  Neg: unary('Neg'),
  LeakyRelu: (node, [x], builder) => builder.unary('LeakyRelu', x!, node.name, slope(node, 'alpha')),
  Prelu: (node, [x, alpha], builder) => builder.prelu(x!, alpha!, node.name),
  Softmax: (node, [x], builder) => builder.softmax(x!, node.name),
  MaxPool: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  Pad: pad,
  PadV2: pad,
  Mean: reduce('ReduceMean'),
  Max: reduce('ReduceMax'),
  Sum: reduce('ReduceSum'),
  Transpose: (node, [x, order], builder) => builder.transpose(x!, numbers(node, order, builder), node.name),
  Reshape: (node, [x, shape], builder) => builder.reshape(x!, numbers(node, shape, builder), node.name),
  Squeeze: squeeze,
  ExpandDims: expand,
  ConcatV2: (node, inputs, builder) =>
    builder.concat(inputs.slice(0, -1), numbers(node, inputs.at(-1), builder)[0]!, node.name),
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  ResizeBilinear: resize('linear'),
  ResizeNearestNeighbor: resize('nearest'),
};
