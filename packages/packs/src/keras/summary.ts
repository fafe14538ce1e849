import type { CompileOptions, ModelFile } from '../front-ends/front-end';
import { sizeOf } from '../graph';
import type { KerasLayer, KerasNet } from './architecture';
import { KerasLowering } from './lowering';
import { openKeras } from './source';

/** A layer as Keras' `model.summary()` tells it. */
export interface SummaryRow {
  readonly name: string;
  readonly className: string;
  /** null where any size may be given, as for the batch. */
  readonly shape: readonly (number | null)[];
  readonly params: number;
}

export interface KerasSummary {
  readonly name: string;
  readonly layers: readonly SummaryRow[];
  /** Numbers that the model holds, and how many of them training changes. */
  readonly total: number;
  readonly trainable: number;
}

interface Count {
  readonly total: number;
  readonly trainable: number;
}

/** Weights that training leaves alone. */
const STATISTICS = new Set(['moving_mean', 'moving_variance', 'mean', 'variance', 'count']);

/** @throws ModelError as compiling does: only what can be compiled is told. */
export function summariseKeras(files: readonly ModelFile[], options: CompileOptions): KerasSummary {
  const source = openKeras(files);
  try {
    const lowering = new KerasLowering(source, options);
    lowering.run();
    return new Summary(lowering).of(source.net);
  } finally {
    source.close();
  }
}

class Summary {
  constructor(private readonly lowering: KerasLowering) {}

  of(net: KerasNet): KerasSummary {
    // Keras does not list the input of a chain.
    const listed = net.layers.filter(({ className }) => !net.isSequential || className !== 'InputLayer');
    const { total, trainable } = this.#countNet(net, '', true);
    return {
      name: net.name,
      layers: listed.map((layer) => ({
        name: layer.name,
        className: layer.className,
        shape: (this.lowering.lowered.get(layer.name)?.dims ?? []).map(({ size, free }) => (free ? null : size)),
        params: this.#count(layer, '', true).total,
      })),
      total,
      trainable,
    };
  }

  #countNet(net: KerasNet, prefix: string, isTrained: boolean): Count {
    const counts = net.layers.map((layer) => this.#count(layer, prefix, isTrained));
    return {
      total: counts.reduce((sum, { total }) => sum + total, 0),
      trainable: counts.reduce((sum, { trainable }) => sum + trainable, 0),
    };
  }

  #count(layer: KerasLayer, prefix: string, isTrained: boolean): Count {
    const trains = isTrained && layer.config['trainable'] !== false;
    const place = `${prefix}${layer.name}`;
    if (layer.net !== undefined) return this.#countNet(layer.net, `${place}/`, trains);
    let [total, trainable] = [0, 0];
    for (const { name, value } of this.lowering.lowered.get(place)?.weights ?? []) {
      const size = sizeOf(value.dims);
      total += size;
      if (trains && !STATISTICS.has(name)) trainable += size;
    }
    return { total, trainable };
  }
}
