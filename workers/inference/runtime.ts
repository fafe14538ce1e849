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

/** The same runtime, whose nets wait for `pause`, if it answers, before each run. What they are given is theirs meanwhile. */
export function withPauses(runtime: InferenceRuntime, pause: () => Promise<void> | undefined): InferenceRuntime {
  return {
    label: runtime.label,
    load: async (format, files) => {
      const net = await runtime.load(format, files);
      return {
        run: (input) => pause()?.then(() => net.run(input)) ?? net.run(input),
        dispose: () => net.dispose(),
      };
    },
  };
}
