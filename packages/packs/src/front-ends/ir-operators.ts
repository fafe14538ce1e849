import { floats } from '../graph';
import { unknownOperator } from '../model-error';
import { clamp, isTrue, normalise, pool, windowOf, type IrLower } from './ir-lowering';

const unary =
  (op: string): IrLower =>
  (layer, [x], tools) =>
    tools.node(op, layer, [x!.name]);

const binary =
  (op: string): IrLower =>
  (layer, [a, b], tools) =>
    tools.node(op, layer, [a!.name, b!.name]);

const reduce =
  (op: 'ReduceMean' | 'ReduceMax' | 'ReduceSum'): IrLower =>
  (layer, [x, axes], tools) => {
    const over = [...tools.known(layer, axes).data];
    const isSum = op === 'ReduceSum';
    const inputs = isSum ? [x!.name, tools.builder.integers(`${layer.name}/axes`, over)] : [x!.name];
    return tools.node(op, layer, inputs, {
      ...(!isSum && { axes: { ints: over } }),
      keepdims: { int: isTrue(layer.data['keep_dims']) ? 1 : 0 },
    });
  };

/** Filters `[out, in, height, width]`, in groups `[groups, out, in, height, width]`. */
const convolution: IrLower = (layer, [x, filters], tools) => {
  const source = tools.known(layer, filters);
  const grouped = layer.type === 'GroupConvolution';
  const [groups = 1, out = 1, ...rest] = grouped ? source.dims : [1, ...source.dims];
  const weights = tools.constant(layer, 'filters', floats([groups * out, ...rest], source.data));
  return tools.node('Conv', layer, [x!.name, weights], { ...windowOf(layer), group: { int: groups } });
};

/** Either side may be turned; a turned constant is turned by the optimiser. */
const matrix: IrLower = (layer, [a, b], tools) => {
  const side = (value: typeof a, turned: string | undefined): string => {
    const rank = value!.dims.length;
    if (!isTrue(turned)) return value!.name;
    if (rank < 2) throw unknownOperator(`MatMul that turns a tensor of ${rank} dimension`, layer.name);
    const order = [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
    return tools.node('Transpose', layer, [value!.name], { perm: { ints: order } });
  };
  return tools.node('MatMul', layer, [side(a, layer.data['transpose_a']), side(b, layer.data['transpose_b'])]);
};

/** What each operator of IR versions 10 and 11 becomes: https://docs.openvino.ai/latest/documentation/openvino-ir-format/operation-sets.html */
export const IR_OPERATORS: Readonly<Record<string, IrLower>> = {
  // Numbers are floats of 32 bits throughout.
  Convert: (_layer, [x]) => x!.name,
  Convolution: convolution,
  GroupConvolution: convolution,
  MatMul: matrix,
  Add: binary('Add'),
  Subtract: binary('Sub'),
  Multiply: binary('Mul'),
  Divide: binary('Div'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Power: binary('Pow'),
  ReLU: unary('Relu'),
  Sigmoid: unary('Sigmoid'),
  Tanh: unary('Tanh'),
  Exp: unary('Exp'),
  Sqrt: unary('Sqrt'),
  Abs: unary('Abs'),
  Negative: unary('Neg'),
  HSwish: unary('HardSwish'),
  Elu: (layer, [x], tools) =>
    tools.node('Elu', layer, [x!.name], { alpha: { float: Number(layer.data['alpha'] ?? 1) } }),
  PReLU: (layer, [x, slope], tools) => tools.prelu(layer, x!, tools.known(layer, slope)),
  Clamp: (layer, [x], tools) => clamp(layer, x!, tools),
  SoftMax: (layer, [x], tools) =>
    tools.node('Softmax', layer, [x!.name], { axis: { int: Number(layer.data['axis'] ?? 1) } }),
  MaxPool: (layer, [x], tools) => pool('MaxPool', layer, x!, tools),
  AvgPool: (layer, [x], tools) => pool('AveragePool', layer, x!, tools),
  ReduceMean: reduce('ReduceMean'),
  ReduceMax: reduce('ReduceMax'),
  ReduceSum: reduce('ReduceSum'),
  NormalizeL2: (layer, [x, axes], tools) => {
    const over = [...tools.known(layer, axes).data];
    if (!over.includes(1)) throw unknownOperator(`NormalizeL2 over ${over.join(', ')}`, layer.name);
    return normalise(layer, x!, over.length > 1, tools);
  },
  Reshape: (layer, [x], tools) => tools.reshape(layer, x!),
  Squeeze: (layer, [x], tools) => tools.reshape(layer, x!),
  Unsqueeze: (layer, [x], tools) => tools.reshape(layer, x!),
  Transpose: (layer, [x, order], tools) =>
    tools.node('Transpose', layer, [x!.name], { perm: { ints: [...tools.known(layer, order).data] } }),
  Concat: (layer, inputs, tools) =>
    tools.node(
      'Concat',
      layer,
      inputs.map(({ name }) => name),
      { axis: { int: Number(layer.data['axis']) } },
    ),
};
