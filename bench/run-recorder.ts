import type { ModelFile, ModelFormat } from '../packages/packs/src';
import type { InferenceRuntime, Net, Tensor } from '../workers/inference/runtime';

/** One forward pass: which net, by the order of loading, and the shape that it was fed. */
export interface RecordedRun {
  readonly net: number;
  readonly shape: readonly number[];
}

/** A runtime that writes down every forward pass of the nets that it loads, and can make the same passes again without anything else. */
export class RunRecorder implements InferenceRuntime {
  readonly label: string;
  readonly runs: RecordedRun[] = [];
  readonly #runtime: InferenceRuntime;
  readonly #nets: Net[] = [];
  /** Made-up inputs by their length: what a net takes for a pass does not depend on the numbers. */
  readonly #inputs = new Map<number, Float32Array>();

  constructor(runtime: InferenceRuntime) {
    this.#runtime = runtime;
    this.label = runtime.label;
  }

  async load(format: ModelFormat, files: readonly ModelFile[]): Promise<Net> {
    const net = await this.#runtime.load(format, files);
    const index = this.#nets.push(net) - 1;
    return {
      run: (input) => {
        this.runs.push({ net: index, shape: [...input.shape] });
        return net.run(input);
      },
      dispose: () => net.dispose(),
    };
  }

  /** Makes all recorded passes again, one after the other. @returns milliseconds by net. */
  async replay(): Promise<number[]> {
    const ms = this.#nets.map(() => 0);
    for (const { net, shape } of this.runs) {
      const input = this.#inputOf(shape);
      const start = performance.now();
      await this.#nets[net]!.run(input);
      ms[net]! += performance.now() - start;
    }
    return ms;
  }

  #inputOf(shape: readonly number[]): Tensor {
    const length = shape.reduce((product, side) => product * side, 1);
    let data = this.#inputs.get(length);
    if (data === undefined) {
      data = Float32Array.from({ length }, (_, i) => ((i * 37) % 256) / 255);
      this.#inputs.set(length, data);
    }
    return { data, shape };
  }
}
