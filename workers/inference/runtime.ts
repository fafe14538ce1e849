import type { ModelFile, ModelFormat } from '../../packages/packs/src';

/** A dense float32 tensor. */
export interface Tensor {
  /** Length: the product of `shape`. */
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** One loaded net with a single input. */
export interface Net {
  /** @returns every output by name. The caller owns the arrays: nothing writes to them afterwards. */
  run(input: Tensor): Promise<Readonly<Record<string, Tensor>>>;
  dispose(): void;
}

/** One way of running nets. Each thread owns its own. */
export interface InferenceRuntime {
  /** For logs: e.g. `onnxruntime (cpu, 1 thread)`. */
  readonly label: string;
  /** Reads a net from its files, the graph first. */
  load(format: ModelFormat, files: readonly ModelFile[]): Promise<Net>;
}
