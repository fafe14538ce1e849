import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { ModelFile, ModelFormat } from '../../packages/packs/src';
import type { InferenceRuntime, Net, Tensor } from './runtime';

/** Numbers of an input beyond which a run keeps no memory: 320 x 320 pixels, what a portrait is looked at with. */
const LARGE_INPUT = 320 * 320 * 3;
/** A larger net computes for so long that memory taken anew each time is no part of it. */
const SMALL_NET_BYTES = 8 * 1024 * 1024;

/** @param keepsMemory whether what one run needed is held for the next one: faster, but as much as the largest run needed. */
function openSession(model: Uint8Array, keepsMemory: boolean): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    enableCpuMemArena: keepsMemory,
    enableMemPattern: keepsMemory,
  });
}

class OnnxNet implements Net {
  readonly #session: InferenceSession;
  readonly #model: Uint8Array | undefined;
  #frugal: Promise<InferenceSession> | undefined;

  /** @param model its bytes, where the session keeps memory: then a second one, which keeps nothing, runs large inputs. */
  constructor(session: InferenceSession, model: Uint8Array | undefined) {
    this.#session = session;
    this.#model = model;
  }

  async run(input: Tensor): Promise<Record<string, Tensor>> {
    const session = await this.#sessionFor(input);
    const feed = { [session.inputNames[0]!]: new OrtTensor('float32', input.data, input.shape) };
    const outputs = await session.run(feed);
    const named: Record<string, Tensor> = {};
    for (const [name, tensor] of Object.entries(outputs)) {
      named[name] = { data: tensor.data as Float32Array, shape: tensor.dims };
    }
    return named;
  }

  dispose(): void {
    void this.#session.release();
    void this.#frugal?.then((session) => session.release());
  }

  #sessionFor({ data }: Tensor): InferenceSession | Promise<InferenceSession> {
    if (data.length <= LARGE_INPUT || this.#model === undefined) return this.#session;
    this.#frugal ??= openSession(this.#model, false);
    return this.#frugal;
  }
}

/** onnxruntime on the CPU, one thread a session: the pool of worker threads is what uses the cores. */
export class OnnxRuntime implements InferenceRuntime {
  readonly label = 'onnxruntime (cpu)';

  async load(format: ModelFormat, files: readonly ModelFile[]): Promise<Net> {
    if (format !== 'onnx') throw new Error(`onnxruntime cannot run a net of format ${format}`);
    const { bytes } = files[0]!;
    const keepsMemory = bytes.length <= SMALL_NET_BYTES;
    return new OnnxNet(await openSession(bytes, keepsMemory), keepsMemory ? bytes : undefined);
  }
}
