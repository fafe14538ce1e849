import type * as FaceApi from '@vladmandic/face-api';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';

/** One thread of a peer: says `ready` when warm, then works through the files of each message and says how many faces it found. */
export interface PeerSettings {
  readonly peer: 'human' | 'faceApi';
  readonly warmUp: readonly string[];
}

/** How a round of files went. */
export interface PeerAnswer {
  readonly faces: number;
  readonly backend: string;
}

/** An image's pixels to a descriptor, end to end but for the decoding; undefined when no face was found. */
type Recognise = (pixels: tf.Tensor3D) => Promise<ArrayLike<number> | undefined>;

const require = createRequire(__filename);
const packageFolder = (name: string): string => {
  const parts = require.resolve(name).split(path.sep);
  return parts.slice(0, parts.lastIndexOf('node_modules') + 1 + name.split('/').length).join(path.sep);
};

/** Human reads its models by `fetch` only: this one answers from the package's folder. */
async function loadHuman(): Promise<Recognise> {
  const models = path.join(packageFolder('@vladmandic/human'), 'models');
  globalThis.fetch = (input) => {
    const url = input instanceof Request ? input.url : String(input);
    return Promise.resolve(new Response(new Uint8Array(readFileSync(path.join(models, path.basename(url))))));
  };
  const { Human } = require(path.join(packageFolder('@vladmandic/human'), 'dist/human.node-wasm.js')) as {
    Human: new (config: object) => {
      load(): Promise<void>;
      detect(input: tf.Tensor): Promise<{ face: { embedding?: number[] }[] }>;
    };
  };
  const off = { enabled: false };
  const human = new Human({
    backend: 'wasm',
    wasmPath: `${path.join(packageFolder('@tensorflow/tfjs-backend-wasm'), 'dist')}/`,
    modelBasePath: 'http://models.invalid/',
    cacheModels: false,
    cacheSensitivity: 0,
    filter: off,
    gesture: off,
    body: off,
    hand: off,
    object: off,
    segmentation: off,
    face: {
      enabled: true,
      detector: { maxDetected: 1, skipFrames: 0, skipTime: 0 },
      mesh: off,
      iris: off,
      emotion: off,
      description: { enabled: true, skipFrames: 0, skipTime: 0 },
    },
  });
  await human.load();
  return async (pixels) => (await human.detect(pixels)).face[0]?.embedding;
}

/**
 * face-api asks for all of `@tensorflow/tfjs`, of which this project installs the parts it uses; core with its operations as
 * methods of tensors, and the layers' and converter's names, are what face-api needs of it.
 */
function provideTfjs(): void {
  const whole: Record<string, unknown> = { ...require('@tensorflow/tfjs-converter'), ...tf };
  const methods = tf.Tensor.prototype as unknown as Record<string, unknown>;
  for (const [name, operation] of Object.entries(tf)) {
    if (typeof operation !== 'function' || name in methods) continue;
    methods[name] = function (this: tf.Tensor, ...rest: unknown[]): unknown {
      return (operation as unknown as (...all: unknown[]) => unknown)(this, ...rest);
    };
  }
  for (const name of ['as1D', 'as2D', 'as3D', 'as4D']) {
    methods[name] = function (this: tf.Tensor, ...shape: number[]): tf.Tensor {
      return tf.reshape(this, shape.length === 0 ? [this.size] : shape);
    };
  }
  methods['toFloat'] = function (this: tf.Tensor): tf.Tensor {
    return tf.cast(this, 'float32');
  };
  const loader = require('node:module') as { _load: (request: string, ...rest: unknown[]) => unknown };
  const original = loader._load;
  loader._load = (request, ...rest) =>
    request === '@tensorflow/tfjs' ? whole : original.call(loader, request, ...rest);
}

async function loadFaceApi(): Promise<Recognise> {
  provideTfjs();
  require('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend('wasm'))) throw new Error('The wasm backend does not start');
  const folder = packageFolder('@vladmandic/face-api');
  const faceApi = require(path.join(folder, 'dist/face-api.node-wasm.js')) as typeof FaceApi;
  const models = path.join(folder, 'model');
  await faceApi.nets.ssdMobilenetv1.loadFromDisk(models);
  await faceApi.nets.faceLandmark68Net.loadFromDisk(models);
  await faceApi.nets.faceRecognitionNet.loadFromDisk(models);
  return async (pixels) =>
    (
      await faceApi
        .detectSingleFace(pixels as never)
        .withFaceLandmarks()
        .withFaceDescriptor()
    )?.descriptor;
}

async function main(): Promise<void> {
  sharp.cache(false);
  sharp.concurrency(1);
  const { peer, warmUp } = workerData as PeerSettings;
  const recognise = await (peer === 'human' ? loadHuman() : loadFaceApi());
  const analyze = async (file: string): Promise<boolean> => {
    const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const pixels = tf.tensor3d(new Int32Array(data), [info.height, info.width, 3], 'int32');
    const descriptor = await recognise(pixels);
    pixels.dispose();
    return (descriptor?.length ?? 0) > 0;
  };
  for (const file of warmUp) await analyze(file);
  parentPort!.on('message', (files: readonly string[]) => {
    void (async () => {
      let faces = 0;
      for (const file of files) if (await analyze(file)) faces++;
      parentPort!.postMessage({ faces, backend: tf.getBackend() } satisfies PeerAnswer);
    })();
  });
  parentPort!.postMessage('ready');
}

void main();
