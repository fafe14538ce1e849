import type { ChannelsLastBuilder, Value } from '../channels-last';
import { floats } from '../graph';
import { ModelError } from '../model-error';
import { isObject, Settings, type Json } from './settings';

export interface ActivationScene {
  readonly builder: ChannelsLastBuilder;
  readonly place: string;
  /** Keras changed what a hard sigmoid is. */
  readonly kerasVersion: number;
}

type Activation = (x: Value, scene: ActivationScene) => Value;

const unary =
  (op: string): Activation =>
  (x, { builder, place }) =>
    builder.unary(op, x, place);

/** A tensor times, or plus, a number. */
export function withNumber(
  op: 'Mul' | 'Add' | 'Div',
  x: Value,
  value: number,
  { builder, place }: ActivationScene,
): Value {
  return builder.binary(op, x, builder.constant(`${place}/number`, floats([], Float32Array.of(value))), place);
}

/** `min(max(slope x + 1/2, 0), 1)`: a sixth in Keras 3, a fifth in Keras 2. */
const hardSigmoid: Activation = (x, { builder, place, kerasVersion }) =>
  builder.unary('HardSigmoid', x, place, {
    alpha: { float: kerasVersion >= 3 ? 1 / 6 : 0.2 },
    beta: { float: 0.5 },
  });

const times =
  (factor: Activation): Activation =>
  (x, scene) =>
    scene.builder.binary('Mul', x, factor(x, scene), scene.place);

/** x / 2 (1 + erf(x / sqrt 2)) */
const gelu: Activation = (x, scene) => {
  const inner = scene.builder.unary('Erf', withNumber('Mul', x, Math.SQRT1_2, scene), scene.place);
  const share = withNumber('Mul', withNumber('Add', inner, 1, scene), 0.5, scene);
  return scene.builder.binary('Mul', x, share, scene.place);
};

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  linear: (x) => x,
  relu: unary('Relu'),
  relu6: (x, { builder, place }) => builder.clip(x, 0, 6, place),
  sigmoid: unary('Sigmoid'),
  tanh: unary('Tanh'),
  softmax: (x, { builder, place }) => builder.softmax(x, place),
  elu: unary('Elu'),
  selu: unary('Selu'),
  softplus: unary('Softplus'),
  softsign: unary('Softsign'),
  exponential: unary('Exp'),
  leaky_relu: (x, { builder, place }) => builder.unary('LeakyRelu', x, place, { alpha: { float: 0.2 } }),
  hard_sigmoid: hardSigmoid,
  hard_silu: times(hardSigmoid),
  hard_swish: times(hardSigmoid),
  silu: times(unary('Sigmoid')),
  swish: times(unary('Sigmoid')),
  gelu,
  mish: times((x, { builder, place }) => builder.unary('Tanh', builder.unary('Softplus', x, place), place)),
};

/** @param setting a name, or the form in which Keras 3 writes a function. @throws ModelError naming the layer. */
export function activate(x: Value, setting: unknown, scene: ActivationScene): Value {
  if (setting === undefined || setting === null) return x;
  const name = functionName(setting);
  const activation = name === undefined || !Object.hasOwn(ACTIVATIONS, name) ? undefined : ACTIVATIONS[name];
  if (activation !== undefined) return activation(x, scene);
  const layer =
    isObject(setting) && typeof setting['class_name'] === 'string'
      ? ACTIVATION_LAYERS[setting['class_name']]
      : undefined;
  if (layer === undefined) {
    throw new ModelError(`The layer ${scene.place} has an activation that is not supported: ${name ?? 'of code'}`);
  }
  const config = isObject(setting) && isObject(setting['config']) ? setting['config'] : {};
  return layer(x, new Settings(scene.place, config), scene);
}

/** What a function is called where it is written by its name; undefined where it is code. */
export function functionName(setting: unknown): string | undefined {
  if (typeof setting === 'string') return setting.split('>').at(-1);
  if (!isObject(setting)) return undefined;
  const { class_name: kind, config, registered_name: registered } = setting as Json;
  if (kind === 'function' && typeof config === 'string') return config.split('>').at(-1);
  return typeof registered === 'string' && kind === 'function' ? registered.split('>').at(-1) : undefined;
}

type ActivationLayer = (x: Value, settings: Settings, scene: ActivationScene) => Value;

/** `x` above the threshold up to `max_value`, below it a slope times `x`. */
const relu: ActivationLayer = (x, settings, scene) => {
  const { builder, place } = scene;
  const slope = settings.optional('negative_slope') ?? 0;
  const max = settings.optional('max_value');
  if (settings.number('threshold', 0) !== 0) throw settings.wrong('threshold');
  if (slope !== 0) {
    const leaky = builder.unary('LeakyRelu', x, place, { alpha: { float: slope } });
    return max === undefined ? leaky : builder.clip(leaky, undefined, max, place);
  }
  return max === undefined ? builder.unary('Relu', x, place) : builder.clip(x, 0, max, place);
};

/** Layers that are one function without weights. */
export const ACTIVATION_LAYERS: Readonly<Record<string, ActivationLayer>> = {
  Activation: (x, settings, scene) => activate(x, settings.json['activation'], scene),
  ReLU: relu,
  LeakyReLU: (x, settings, { builder, place }) =>
    builder.unary('LeakyRelu', x, place, {
      alpha: { float: settings.optional('negative_slope') ?? settings.number('alpha', 0.3) },
    }),
  ELU: (x, settings, { builder, place }) =>
    builder.unary('Elu', x, place, { alpha: { float: settings.number('alpha', 1) } }),
  Softmax: (x, settings, { builder, place }) => {
    const axis = settings.number('axis', -1);
    if (axis !== -1 && axis !== x.dims.length - 1) throw settings.wrong('axis');
    return builder.softmax(x, place);
  },
};
