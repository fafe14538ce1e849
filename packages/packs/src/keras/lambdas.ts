import type { Value } from '../channels-last';
import { floats } from '../graph';
import { ModelError } from '../model-error';
import { functionName } from './activations';
import type { LayerScene, LowerLayer } from './layer-scene';
import { isObject } from './settings';
import { scaled } from './scaled';

type Form = (inputs: readonly Value[], numbers: readonly number[], scene: LayerScene) => Value;

/** What a scaling multiplies by: as the form says, else the argument `scale` that the file keeps beside the code. */
function scaleOf(numbers: readonly number[], { settings, callSettings, place }: LayerScene): number {
  const kept = settings.json['arguments'];
  const scale = numbers[0] ?? (isObject(kept) ? kept['scale'] : undefined) ?? callSettings['scale'];
  if (typeof scale === 'number' && Number.isFinite(scale)) return scale;
  throw new ModelError(`The layer ${place} does not say by how much it scales: say it in its form, like scale:0.17`);
}

function times(x: Value, factor: number, { builder, place }: LayerScene): Value {
  return builder.binary('Mul', x, builder.constant(`${place}/scale`, floats([], Float32Array.of(factor))), place);
}

/** tf.nn.local_response_normalization: ONNX divides alpha by the window, TensorFlow does not. */
const lrn: Form = ([x], [radius = 5, bias = 1, alpha = 1, beta = 0.5], { builder, place }) => {
  const size = 2 * radius + 1;
  return builder.acrossChannels('LRN', x!, place, {
    size: { int: size },
    bias: { float: bias },
    alpha: { float: alpha * size },
    beta: { float: beta },
  });
};

/** What a Lambda may be, each with how many numbers it takes after a colon. */
const FORMS: Readonly<Record<string, { readonly most: number; readonly inputs: number; readonly lower: Form }>> = {
  identity: { most: 0, inputs: 1, lower: ([x]) => x! },
  scale: { most: 1, inputs: 1, lower: ([x], numbers, scene) => times(x!, scaleOf(numbers, scene), scene) },
  residual: {
    most: 1,
    inputs: 2,
    lower: ([a, b], numbers, scene) =>
      scene.builder.binary('Add', a!, times(b!, scaleOf(numbers, scene), scene), scene.place),
  },
  rescale: {
    most: 2,
    inputs: 1,
    lower: ([x], [scale = 1, offset = 0], { builder, place }) =>
      scaled(x!, Float32Array.of(scale), Float32Array.of(offset), builder, place),
  },
  square: { most: 0, inputs: 1, lower: ([x], _, { builder, place }) => builder.binary('Mul', x!, x!, place) },
  sqrt: { most: 0, inputs: 1, lower: ([x], _, { builder, place }) => builder.unary('Sqrt', x!, place) },
  'l2-normalize': { most: 0, inputs: 1, lower: ([x], _, { builder, place }) => builder.normalise(x!, place) },
  lrn: { most: 4, inputs: 1, lower: lrn },
};

/** Functions that published networks register, by name. */
const BY_FUNCTION: Readonly<Record<string, string>> = {
  scaling: 'scale',
  l2_normalize: 'l2-normalize',
  l2_normalization: 'l2-normalize',
  l2_norm: 'l2-normalize',
};

/** Whether the layer's function is known by its name alone. */
export function isKnownFunction(config: Readonly<Record<string, unknown>>): boolean {
  return knownForm(config) !== undefined;
}

function knownForm(config: Readonly<Record<string, unknown>>): string | undefined {
  // Keras 2 writes bytecode as a text, too, and says so beside it.
  if (config['function_type'] === 'lambda') return undefined;
  const name = functionName(config['function']);
  return name !== undefined && Object.hasOwn(BY_FUNCTION, name) ? BY_FUNCTION[name] : undefined;
}

/** A layer of code: what it does is known by its function's name or said by the user, never found out by running it. */
export const lambda: LowerLayer = (inputs, scene) => {
  const form = scene.form ?? knownForm(scene.settings.json);
  if (form === undefined) throw unknownLambdas([scene.place]);
  const [name = '', rest] = form.split(':');
  const numbers = rest === undefined ? [] : rest.split(',').map(Number);
  const known = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
  if (known === undefined || numbers.length > known.most || !numbers.every(Number.isFinite)) {
    throw new ModelError(`${form} is no form of a Lambda that is known, for ${scene.place}: ${forms()}`);
  }
  if (inputs.length !== known.inputs) {
    throw new ModelError(
      `The layer ${scene.place} reads ${inputs.length} tensors, and the form ${name} takes ${known.inputs}`,
    );
  }
  return known.lower(inputs, numbers, scene);
};

const forms = (): string => `the forms are ${Object.keys(FORMS).join(', ')}`;

/** @param places of layers whose code says nothing. */
export function unknownLambdas(places: readonly string[]): ModelError {
  const some = places.slice(0, 12).join(', ') + (places.length > 12 ? ` and ${places.length - 12} more` : '');
  return new ModelError(
    `What is in a Lambda is code, which is never run. Say what it does with --lambda LAYER=FORM for ${some} (${forms()})`,
  );
}
