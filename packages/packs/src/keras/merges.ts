import type { Value } from '../channels-last';
import { withNumber } from './activations';
import type { LowerLayer } from './layer-scene';

/** One operator over all inputs, one after the other. */
const folded =
  (op: string): LowerLayer =>
  (inputs, { builder, place }) =>
    inputs.slice(1).reduce((all: Value, one) => builder.binary(op, all, one, place), inputs[0]!);

const average: LowerLayer = (inputs, scene) =>
  withNumber('Mul', folded('Add')(inputs, scene), 1 / inputs.length, scene);

/** Layers of several inputs. */
export const MERGES: Readonly<Record<string, LowerLayer>> = {
  Add: folded('Add'),
  Subtract: folded('Sub'),
  Multiply: folded('Mul'),
  Maximum: folded('Max'),
  Minimum: folded('Min'),
  Average: average,
  Concatenate: (inputs, { settings, builder, place }) => builder.concat(inputs, settings.number('axis', -1), place),
};
