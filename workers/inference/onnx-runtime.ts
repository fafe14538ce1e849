import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { InferenceRuntime, ModelFile, Net, ModelFormat, Tensor } from './runtime';

class OnnxNet implements Net {
  readonly #session: InferenceSession;

  constructor(session: InferenceSession) {
    this.#session = session;
  }

  async run(input: Tensor): Promise<Record<string, Tensor>> {
    const feed = { [this.#session.inputNames[0]!]: new OrtTensor('float32', input.data, input.shape) };
    const outputs = await this.#session.run(feed);
    const named: Record<string, Tensor> = {};
    for (const [name, tensor] of Object.entries(outputs)) {
      named[name] = { data: tensor.data as Float32Array, shape: tensor.dims };
    }
    return named;
  }

  dispose(): void {
    void this.#session.release();
  }
}

/** onnxruntime on the CPU, one thread a session: the pool of worker threads is what uses the cores. */
export class OnnxRuntime implements InferenceRuntime {
  readonly label = 'onnxruntime (cpu)';

  async load(format: ModelFormat, files: readonly ModelFile[]): Promise<Net> {
    if (format !== 'onnx') throw new Error(`onnxruntime cannot run a net of format ${format}`);
    const session = await InferenceSession.create(files[0]!.bytes, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
    return new OnnxNet(session);
  }
}
