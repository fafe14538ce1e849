import * as tf from '@tensorflow/tfjs-core';
import type { ModelFile } from '../../packages/packs/src';

/** A convolution with its bias and the scaling that follows it folded into one. */
interface FoldedConv {
  readonly filters: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

type Weights = Readonly<Record<string, tf.Tensor>>;

/** Blocks in order; a `down` block halves the image and (but for the last) doubles the channels. */
const BLOCKS = [
  'conv32_1',
  'conv32_2',
  'conv32_3',
  'conv64_down',
  'conv64_1',
  'conv64_2',
  'conv64_3',
  'conv128_down',
  'conv128_1',
  'conv128_2',
  'conv256_down',
  'conv256_1',
  'conv256_2',
  'conv256_down_out',
] as const;

interface Block {
  readonly halves: boolean;
  readonly first: FoldedConv;
  readonly second: FoldedConv;
}

/**
 * The 128-d residual net whose weights ship with @vladmandic/face-api (dlib's ResNet-29), written out in tfjs operations.
 * Input: NHWC, 150 x 150, RGB.
 *
 * The model compiler writes the same net out in its own graph form, and shares nothing with this on purpose: what this gives is
 * what its compiled file is held to (test/unit/compiler-tfjs.test.ts), and one list of blocks would let both be wrong alike.
 */
export class FaceApiRecognitionNet {
  readonly #stem: FoldedConv;
  readonly #blocks: readonly Block[];
  readonly #fc: tf.Tensor2D;

  /** @param files the weights' manifest, then the weights (8-bit quantised, as the manifest says). */
  constructor(files: readonly ModelFile[]) {
    const [manifest, binary] = files;
    const groups = JSON.parse(Buffer.from(manifest!.bytes).toString('utf8')) as {
      weights: tf.io.WeightsManifestEntry[];
    }[];
    const specs = groups.flatMap((group) => group.weights);
    const { buffer, byteOffset, byteLength } = binary!.bytes;
    const weights: Weights = tf.io.decodeWeights(
      buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer,
      specs,
    );
    this.#stem = fold(weights, 'conv32_down');
    this.#blocks = BLOCKS.map((name) => ({
      halves: name.includes('_down'),
      first: fold(weights, `${name}/conv1`),
      second: fold(weights, `${name}/conv2`),
    }));
    this.#fc = weights['fc'] as tf.Tensor2D;
    for (const [name, tensor] of Object.entries(weights)) if (name !== 'fc') tensor.dispose();
  }

  /** @returns `[batch, 128]`. Call inside `tf.tidy`. */
  execute(input: tf.Tensor4D): tf.Tensor2D {
    let x = convolve(input, this.#stem, 2, 'valid', true);
    x = tf.maxPool(x, 3, 2, 'valid');
    for (const block of this.#blocks) x = block.halves ? halvingBlock(x, block) : residualBlock(x, block);
    return tf.matMul(tf.mean(x, [1, 2]) as tf.Tensor2D, this.#fc);
  }

  dispose(): void {
    const convolutions = [this.#stem, ...this.#blocks.flatMap(({ first, second }) => [first, second])];
    for (const { filters, bias } of convolutions) tf.dispose([filters, bias]);
    this.#fc.dispose();
  }
}

function fold(weights: Weights, name: string): FoldedConv {
  return tf.tidy(() => {
    const scale = weights[`${name}/scale/weights`]!;
    const bias = tf.add(tf.mul(weights[`${name}/conv/bias`]!, scale), weights[`${name}/scale/biases`]!);
    return { filters: tf.mul(weights[`${name}/conv/filters`]!, scale) as tf.Tensor4D, bias: bias as tf.Tensor1D };
  });
}

function convolve(
  x: tf.Tensor4D,
  { filters, bias }: FoldedConv,
  strides: number,
  pad: 'same' | 'valid',
  relu: boolean,
): tf.Tensor4D {
  return tf.fused.conv2d({ x, filter: filters, strides, pad, bias, activation: relu ? 'relu' : 'linear' });
}

function residualBlock(x: tf.Tensor4D, { first, second }: Block): tf.Tensor4D {
  const inner = convolve(convolve(x, first, 1, 'same', true), second, 1, 'same', false);
  return tf.relu(tf.add<tf.Tensor4D>(inner, x));
}

/** The convolved half is a row and a column short of the pooled one; missing rows, columns and channels count as zero. */
function halvingBlock(x: tf.Tensor4D, { first, second }: Block): tf.Tensor4D {
  const inner = convolve(convolve(x, first, 2, 'valid', true), second, 1, 'same', false);
  const pooled = tf.avgPool(x, 2, 2, 'valid');
  const grown = padTo(inner, pooled.shape[1], pooled.shape[2], inner.shape[3]);
  return tf.relu(tf.add<tf.Tensor4D>(padTo(pooled, pooled.shape[1], pooled.shape[2], inner.shape[3]), grown));
}

function padTo(x: tf.Tensor4D, height: number, width: number, channels: number): tf.Tensor4D {
  const [, h, w, c] = x.shape;
  if (h === height && w === width && c === channels) return x;
  return tf.pad4d(x, [
    [0, 0],
    [0, height - h],
    [0, width - w],
    [0, channels - c],
  ]);
}
