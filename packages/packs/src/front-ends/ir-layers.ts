import { floats, sizeOf } from '../graph';
import { unknownOperator } from '../model-error';
import { clamp, ints, isTrue, normalise, outputDims, pool, windowOf, type IrLower } from './ir-lowering';

/** Filters `[out, in / groups, height, width]` and biases lie beside the layer. */
const convolution: IrLower = (layer, [x], tools) => {
  const [groups, out, kernel] = [
    Number(layer.data['group'] ?? 1),
    Number(layer.data['output']),
    ints(layer.data['kernel']),
  ];
  const filters = tools.blob(layer, 'weights', [out, x!.dims[1]! / groups, ...kernel]);
  const inputs = [x!.name, tools.constant(layer, 'filters', filters)];
  if (layer.blobs['biases']) inputs.push(tools.constant(layer, 'bias', tools.blob(layer, 'biases', [out])));
  return tools.node('Conv', layer, inputs, { ...windowOf(layer), group: { int: groups } });
};

/** Weights `[out, everything of an input]`. */
const fullyConnected: IrLower = (layer, [x], tools) => {
  if (tools.freeSize) throw unknownOperator('FullyConnected of an image of free size', layer.name);
  const depth = sizeOf(x!.dims.slice(1));
  const out = Number(layer.data['out-size']);
  const rows = tools.node('Flatten', layer, [x!.name], { axis: { int: 1 } });
  const inputs = [rows, tools.constant(layer, 'matrix', tools.blob(layer, 'weights', [out, depth]))];
  if (layer.blobs['biases']) inputs.push(tools.constant(layer, 'bias', tools.blob(layer, 'biases', [out])));
  return tools.node('Gemm', layer, inputs, { transB: { int: 1 } });
};

const ACTIVATIONS: Readonly<Record<string, string>> = {
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  relu: 'Relu',
  exp: 'Exp',
  abs: 'Abs',
};

const activation: IrLower = (layer, [x], tools) => {
  const type = layer.data['type']?.toLowerCase() ?? '';
  const op = ACTIVATIONS[type];
  if (type === 'elu')
    return tools.node('Elu', layer, [x!.name], { alpha: { float: Number(layer.data['alpha'] ?? 1) } });
  if (op === undefined) throw unknownOperator(`Activation ${type}`, layer.name);
  return tools.node(op, layer, [x!.name]);
};

const relu: IrLower = (layer, [x], tools) => {
  const slope = Number(layer.data['negative_slope'] ?? 0);
  return slope === 0
    ? tools.node('Relu', layer, [x!.name])
    : tools.node('LeakyRelu', layer, [x!.name], { alpha: { float: slope } });
};

/** Each channel times a number, plus another. */
const scaleShift: IrLower = (layer, [x], tools) => {
  const shape = (count: number): number[] => [1, count, ...x!.dims.slice(2).map(() => 1)];
  const weights = tools.blob(layer, 'weights');
  const scaled = tools.node('Mul', layer, [
    x!.name,
    tools.constant(layer, 'scale', floats(shape(weights.data.length), weights.data)),
  ]);
  if (!layer.blobs['biases']) return scaled;
  const biases = tools.blob(layer, 'biases');
  return tools.node('Add', layer, [
    scaled,
    tools.constant(layer, 'shift', floats(shape(biases.data.length), biases.data)),
  ]);
};

const ELTWISE: Readonly<Record<string, string>> = {
  sum: 'Add',
  mul: 'Mul',
  prod: 'Mul',
  max: 'Max',
  min: 'Min',
  sub: 'Sub',
  div: 'Div',
};

const eltwise: IrLower = (layer, inputs, tools) => {
  const operation = layer.data['operation'] ?? 'sum';
  const op = ELTWISE[operation];
  const isPlain = (layer.data['coeff'] ?? '').split(',').every((factor) => factor === '' || Number(factor) === 1);
  if (op === undefined || !isPlain)
    throw unknownOperator(`Eltwise ${operation} with ${layer.data['coeff'] ?? 'no'} factors`, layer.name);
  return inputs.map(({ name }) => name).reduce((a, b) => tools.node(op, layer, [a, b]));
};

/** (shift + scale x) to a power. */
const power: IrLower = (layer, [x], tools) => {
  const number = (part: string, otherwise: number): number => Number(layer.data[part] ?? otherwise);
  const single = (part: string, value: number): string =>
    tools.constant(layer, part, floats([], Float32Array.of(value)));
  const scaled = tools.node('Mul', layer, [x!.name, single('scale', number('scale', 1))]);
  const shifted = tools.node('Add', layer, [scaled, single('shift', number('shift', 0))]);
  const exponent = number('power', 1);
  return exponent === 1 ? shifted : tools.node('Pow', layer, [shifted, single('power', exponent)]);
};

const normalize: IrLower = (layer, [x], tools) => {
  const unit = normalise(layer, x!, isTrue(layer.data['across_spatial']), tools);
  const weights = tools.blob(layer, 'weights');
  const shape = [1, weights.data.length, ...x!.dims.slice(2).map(() => 1)];
  return tools.node('Mul', layer, [unit, tools.constant(layer, 'scale', floats(shape, weights.data))]);
};

/** Repeats a tensor along one dimension, as older files do before they add or multiply. */
const tile: IrLower = (layer, [x], tools) => {
  const [axis, tiles] = [Number(layer.data['axis']), Number(layer.data['tiles'])];
  if (tools.freeSize) throw unknownOperator('Tile of an image of free size', layer.name);
  const repeats = x!.dims.map((_, i) => (i === axis ? tiles : 1));
  return tools.node('Tile', layer, [x!.name, tools.builder.integers(`${layer.name}/repeats`, repeats)]);
};

/** What each layer of IR version 6 becomes: https://docs.openvino.ai/2019_R3/_docs_MO_DG_prepare_model_convert_model_IR_V10_opset1.html tells how they are named since. */
export const IR_LAYERS: Readonly<Record<string, IrLower>> = {
  Convolution: convolution,
  FullyConnected: fullyConnected,
  ScaleShift: scaleShift,
  Activation: activation,
  ReLU: relu,
  PReLU: (layer, [x], tools) => tools.prelu(layer, x!, tools.blob(layer, 'weights')),
  Sigmoid: (layer, [x], tools) => tools.node('Sigmoid', layer, [x!.name]),
  TanH: (layer, [x], tools) => tools.node('Tanh', layer, [x!.name]),
  Clamp: (layer, [x], tools) => clamp(layer, x!, tools),
  Pooling: (layer, [x], tools) =>
    pool(layer.data['pool-method'] === 'avg' ? 'AveragePool' : 'MaxPool', layer, x!, tools),
  Eltwise: eltwise,
  Power: power,
  Normalize: normalize,
  SoftMax: (layer, [x], tools) =>
    tools.node('Softmax', layer, [x!.name], { axis: { int: Number(layer.data['axis'] ?? 1) } }),
  Concat: (layer, inputs, tools) =>
    tools.node(
      'Concat',
      layer,
      inputs.map(({ name }) => name),
      { axis: { int: Number(layer.data['axis'] ?? 1) } },
    ),
  Permute: (layer, [x], tools) =>
    tools.node('Transpose', layer, [x!.name], { perm: { ints: ints(layer.data['order']) } }),
  Tile: tile,
  Reshape: (layer, [x], tools) => tools.reshape(layer, x!),
  Flatten: (layer, [x], tools) => tools.reshape(layer, x!),
  Squeeze: (layer, [x], tools) => tools.reshape(layer, x!),
  Unsqueeze: (layer, [x], tools) => tools.reshape(layer, x!),
  Const: (layer, _inputs, tools) => tools.constant(layer, 'numbers', tools.blob(layer, 'custom', outputDims(layer))),
};
