import type { Value } from '../channels-last';
import type { FloatConstant } from '../graph';
import type { ActivationScene } from './activations';
import type { Json, Settings } from './settings';

/** What the lowering of a layer is given beside its inputs. */
export interface LayerScene extends ActivationScene {
  readonly settings: Settings;
  /** Arguments of the call that are no tensors. */
  readonly callSettings: Json;
  /** Numbers of the layer, in Keras' order. */
  weights(...names: string[]): FloatConstant[];
  /** The known form that the user says a layer of code has. */
  readonly form: string | undefined;
}

export type LowerLayer = (inputs: readonly Value[], scene: LayerScene) => Value;
