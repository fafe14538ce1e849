import { loadGraphModel, type GraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import type { ModelFile, ModelFormat } from '../../packages/packs/src';
import { FaceApiRecognitionNet } from './face-api-recognition-net';
import type { InferenceRuntime, Net, Tensor } from './runtime';
import { chooseTfjsBackend } from './tfjs-backend';

type NamedTensors = Readonly<Record<string, tf.Tensor>>;

class TfjsNet implements Net {
  readonly #execute: (input: tf.Tensor) => NamedTensors;
  readonly #dispose: () => void;

  constructor(execute: (input: tf.Tensor) => NamedTensors, dispose: () => void) {
    this.#execute = execute;
    this.#dispose = dispose;
  }

  async run({ data, shape }: Tensor): Promise<Record<string, Tensor>> {
    const outputs = tf.tidy(() => this.#execute(tf.tensor(data, [...shape])) as tf.NamedTensorMap);
    const named: Record<string, Tensor> = {};
    for (const [name, tensor] of Object.entries(outputs)) {
      named[name] = { data: (await tensor.data()) as Float32Array, shape: tensor.shape };
      tensor.dispose();
    }
    return named;
  }

  dispose(): void {
    this.#dispose();
  }
}

/** tfjs on the fastest backend that loads. The backend and its memory belong to the thread. */
export class TfjsRuntime implements InferenceRuntime {
  readonly label: string;

  private constructor(label: string) {
    this.label = label;
  }

  /** @throws Error when no backend starts. */
  static async create(): Promise<TfjsRuntime> {
    return new TfjsRuntime(await chooseTfjsBackend());
  }

  async load(format: ModelFormat, files: readonly ModelFile[]): Promise<Net> {
    if (format === 'face-api-recognition') {
      const net = new FaceApiRecognitionNet(files);
      return new TfjsNet(
        (input) => ({ embedding: net.execute(input as tf.Tensor4D) }),
        () => net.dispose(),
      );
    }
    if (format !== 'tfjs-graph') throw new Error(`tfjs cannot run a net of format ${format}`);
    const model = await readGraphModel(files);
    const names = model.outputs.map(({ name }) => name);
    return new TfjsNet(
      (input) => {
        const outputs = [model.execute(input, names)].flat() as tf.Tensor[];
        return Object.fromEntries(names.map((name, i) => [name, outputs[i]!]));
      },
      () => model.dispose(),
    );
  }
}

/** A graph model from its `model.json` and its single file of weights; the package's own loader would ask for an address. */
async function readGraphModel(files: readonly ModelFile[]): Promise<GraphModel> {
  const [graph, weights] = files;
  const json = JSON.parse(Buffer.from(graph!.bytes).toString('utf8')) as tf.io.ModelJSON;
  const { buffer, byteOffset, byteLength } = weights!.bytes;
  const artifacts: tf.io.ModelArtifacts = {
    ...json,
    weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
    weightData: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer,
  };
  return loadGraphModel({ load: () => Promise.resolve(artifacts) });
}
