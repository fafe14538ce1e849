import { transposed } from '../constants';
import type { ChannelsLastBuilder, Value } from '../channels-last';
import { floats, type FloatConstant } from '../graph';
import { ModelError, unknownOperator } from '../model-error';
import type { Window } from '../windows';
import type { TfliteOperator } from './tflite-file';

type Inputs = readonly (Value | undefined)[];
type Lower = (operator: TfliteOperator, inputs: Inputs, builder: ChannelsLastBuilder) => Value;

/** Numbers of the fields of each operator's options in schema.fbs. */
const CONV = {
  padding: 0,
  strideWidth: 1,
  strideHeight: 2,
  activation: 3,
  dilationWidth: 4,
  dilationHeight: 5,
} as const;
const DEPTHWISE = { ...CONV, activation: 4, dilationWidth: 5, dilationHeight: 6 } as const;
const POOL = { ...CONV, filterWidth: 3, filterHeight: 4, activation: 5 } as const;
const BINARY = { activation: 0 } as const;
const CONCATENATION = { axis: 0, activation: 1 } as const;
const FULLY_CONNECTED = { activation: 0, format: 1 } as const;
const RESIZE_BILINEAR = { corners: 2, centres: 3 } as const;
const RESIZE_NEAREST = { corners: 0, centres: 1 } as const;
const REDUCER = { keep: 0 } as const;
const RESHAPE = { shape: 0 } as const;
const SQUEEZE = { axes: 0 } as const;
const LEAKY_RELU = { alpha: 0 } as const;
const SOFTMAX = { beta: 0 } as const;

/** Of an input that must be there. */
function given(operator: TfliteOperator, value: Value | undefined): Value {
  if (value === undefined) throw new ModelError(`${operator.op} at ${operator.place} lacks an input`);
  return value;
}

function constant(operator: TfliteOperator, value: Value | undefined, builder: ChannelsLastBuilder): FloatConstant {
  const found = builder.constantOf(given(operator, value));
  if (found === undefined)
    throw new ModelError(`${operator.op} at ${operator.place} needs a constant that the model computes`);
  return found;
}

const numbers = (operator: TfliteOperator, value: Value | undefined, builder: ChannelsLastBuilder): number[] => [
  ...constant(operator, value, builder).data,
];

/** Numbers of ActivationFunctionType. */
function activated(operator: TfliteOperator, x: Value, field: number, builder: ChannelsLastBuilder): Value {
  const place = `${operator.place}/activation`;
  const number = operator.options?.byte(field) ?? 0;
  switch (number) {
    case 0:
      return x;
    case 1:
      return builder.unary('Relu', x, place);
    case 2:
      return builder.clip(x, -1, 1, place);
    case 3:
      return builder.clip(x, 0, 6, place);
    case 4:
      return builder.unary('Tanh', x, place);
    default:
      throw unknownOperator(`${operator.op} with activation ${number}`, operator.place);
  }
}

const unary =
  (op: string): Lower =>
  (operator, [x], builder) =>
    builder.unary(op, given(operator, x), operator.place);

const binary =
  (op: string, hasActivation: boolean): Lower =>
  (operator, [a, b], builder) => {
    const result = builder.binary(op, given(operator, a), given(operator, b), operator.place);
    return hasActivation ? activated(operator, result, BINARY.activation, builder) : result;
  };

const clip =
  (min: number, max: number): Lower =>
  (operator, [x], builder) =>
    builder.clip(given(operator, x), min, max, operator.place);

function windowOf({ options }: TfliteOperator, fields: typeof CONV | typeof DEPTHWISE | undefined): Window {
  return {
    strides: [options?.int(CONV.strideHeight) ?? 1, options?.int(CONV.strideWidth) ?? 1],
    dilations: fields
      ? [options?.int(fields.dilationHeight, 1) ?? 1, options?.int(fields.dilationWidth, 1) ?? 1]
      : [1, 1],
    padding: options?.byte(CONV.padding) === 1 ? 'VALID' : 'SAME',
  };
}

/** Filters `[out, height, width, in / groups]`. */
const convolution: Lower = (operator, [x, filters, bias], builder) => {
  const turned = transposed(constant(operator, filters, builder), [0, 3, 1, 2]);
  const input = given(operator, x);
  const groups = input.dims.at(-1)!.size / turned.dims[1]!;
  const sum = builder.convolution(input, turned, groups, windowOf(operator, CONV), operator.place);
  return activated(operator, plus(operator, sum, bias, builder), CONV.activation, builder);
};

/** Filters `[1, height, width, channels * multiplier]`: each channel has its own. */
const depthwise: Lower = (operator, [x, filters, bias], builder) => {
  const turned = transposed(constant(operator, filters, builder), [3, 0, 1, 2]);
  const input = given(operator, x);
  const sum = builder.convolution(
    input,
    turned,
    input.dims.at(-1)!.size,
    windowOf(operator, DEPTHWISE),
    operator.place,
  );
  return activated(operator, plus(operator, sum, bias, builder), DEPTHWISE.activation, builder);
};

const plus = (operator: TfliteOperator, x: Value, bias: Value | undefined, builder: ChannelsLastBuilder): Value =>
  bias === undefined ? x : builder.binary('Add', x, bias, `${operator.place}/bias`);

const pool =
  (kind: 'MaxPool' | 'AveragePool'): Lower =>
  (operator, [x], builder) => {
    const kernel = [
      operator.options?.int(POOL.filterHeight) ?? 1,
      operator.options?.int(POOL.filterWidth) ?? 1,
    ] as const;
    const pooled = builder.pool(kind, given(operator, x), kernel, windowOf(operator, undefined), operator.place);
    return activated(operator, pooled, POOL.activation, builder);
  };

/** Weights `[out, in]`; whatever the input's shape, its rows are as long as these take. */
const fullyConnected: Lower = (operator, [x, weights, bias], builder) => {
  if ((operator.options?.byte(FULLY_CONNECTED.format) ?? 0) !== 0)
    throw unknownOperator('FULLY_CONNECTED of shuffled weights', operator.place);
  const matrix = constant(operator, weights, builder);
  const rows = builder.reshape(given(operator, x), [-1, matrix.dims[1]!], `${operator.place}/rows`);
  const addend = bias && constant(operator, bias, builder);
  const product = builder.multiplyMatrix(rows, matrix, true, addend, operator.place);
  return activated(operator, product, FULLY_CONNECTED.activation, builder);
};

/** Amounts `[dimensions, 2]`: before and after. */
const pad: Lower = (operator, [x, amounts, value], builder) => {
  const all = numbers(operator, amounts, builder);
  const sides = [0, 1].map((side) => all.filter((_, i) => i % 2 === side)) as [number[], number[]];
  const filler = value === undefined ? 0 : numbers(operator, value, builder)[0]!;
  return builder.pad(given(operator, x), ...sides, filler, operator.place);
};

const reshape: Lower = (operator, [x, shape], builder) => {
  const target = shape === undefined ? operator.options?.ints(RESHAPE.shape) : numbers(operator, shape, builder);
  return builder.reshape(given(operator, x), target ?? [], operator.place);
};

const squeeze: Lower = (operator, [x], builder) => {
  const { dims } = given(operator, x);
  const named = (operator.options?.ints(SQUEEZE.axes) ?? []).map((axis) => (axis < 0 ? axis + dims.length : axis));
  const left = dims.filter(({ size, free }, i) => (named.length > 0 ? !named.includes(i) : free || size !== 1));
  return builder.reshape(
    given(operator, x),
    left.map(({ size }) => size),
    operator.place,
  );
};

const reduce =
  (op: 'ReduceMean' | 'ReduceMax' | 'ReduceSum'): Lower =>
  (operator, [x, axes], builder) => {
    const keep = operator.options?.flag(REDUCER.keep) ?? false;
    return builder.reduce(op, given(operator, x), numbers(operator, axes, builder), keep, operator.place);
  };

const resize =
  (mode: 'linear' | 'nearest', fields: { readonly corners: number; readonly centres: number }): Lower =>
  (operator, [x, size], builder) => {
    const to = numbers(operator, size, builder) as [number, number];
    const places = {
      corners: operator.options?.flag(fields.corners) ?? false,
      centres: operator.options?.flag(fields.centres) ?? false,
    };
    return builder.resize(given(operator, x), to, mode, places, operator.place);
  };

const concatenation: Lower = (operator, inputs, builder) => {
  const values = inputs.map((value) => given(operator, value));
  const joined = builder.concat(values, operator.options?.int(CONCATENATION.axis) ?? 0, operator.place);
  return activated(operator, joined, CONCATENATION.activation, builder);
};

const softmax: Lower = (operator, [x], builder) => {
  const beta = operator.options?.float(SOFTMAX.beta) ?? 1;
  if (beta !== 1) throw unknownOperator(`SOFTMAX with beta ${beta}`, operator.place);
  return builder.softmax(given(operator, x), operator.place);
};

/** Weights in 16 bits were widened when they were read; nothing else is stored in fewer bits. */
const dequantize: Lower = (operator, [x], builder) => {
  const { dims, data } = constant(operator, x, builder);
  return builder.constant(operator.place, floats(dims, data));
};

/** What each operator of TensorFlow Lite becomes. */
export const TFLITE_LOWERINGS: Readonly<Record<string, Lower>> = {
  DEQUANTIZE: dequantize,
  CONV_2D: convolution,
  DEPTHWISE_CONV_2D: depthwise,
  FULLY_CONNECTED: fullyConnected,
  MAX_POOL_2D: pool('MaxPool'),
  AVERAGE_POOL_2D: pool('AveragePool'),
  ADD: binary('Add', true),
  SUB: binary('Sub', true),
  MUL: binary('Mul', true),
  DIV: binary('Div', true),
  MINIMUM: binary('Min', false),
  MAXIMUM: binary('Max', false),
  RELU: unary('Relu'),
  RELU6: clip(0, 6),
  RELU_N1_TO_1: clip(-1, 1),
  ELU: unary('Elu'),
  LOGISTIC: unary('Sigmoid'),
  TANH: unary('Tanh'),
  HARD_SWISH: unary('HardSwish'),
  ABS: unary('Abs'),
  NEG: unary('Neg'),
  EXP: unary('Exp'),
  SQRT: unary('Sqrt'),
  PRELU: (operator, [x, alpha], builder) => builder.prelu(given(operator, x), given(operator, alpha), operator.place),
  LEAKY_RELU: (operator, [x], builder) =>
    builder.unary('LeakyRelu', given(operator, x), operator.place, {
      alpha: { float: operator.options?.float(LEAKY_RELU.alpha) ?? 0 },
    }),
  SOFTMAX: softmax,
  L2_NORMALIZATION: (operator, [x], builder) => builder.normalise(given(operator, x), operator.place),
  PAD: pad,
  PADV2: pad,
  RESHAPE: reshape,
  SQUEEZE: squeeze,
  TRANSPOSE: (operator, [x, order], builder) =>
    builder.transpose(given(operator, x), numbers(operator, order, builder), operator.place),
  CONCATENATION: concatenation,
  MEAN: reduce('ReduceMean'),
  SUM: reduce('ReduceSum'),
  REDUCE_MAX: reduce('ReduceMax'),
  RESIZE_BILINEAR: resize('linear', RESIZE_BILINEAR),
  RESIZE_NEAREST_NEIGHBOR: resize('nearest', RESIZE_NEAREST),
};
