import { transposed } from '../constants';
import { ChannelsLastBuilder, type Value } from '../channels-last';
import { floats, sizeOf, type FloatConstant, type Graph } from '../graph';
import { ModelError } from '../model-error';
import type { CompileOptions, ModelFile } from './front-end';
import { readJson, readWeights, type WeightEntry } from './tfjs-weights';

/** Blocks in order; a `down` block halves the image and may have more channels than the one before. */
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

const SIDE = 150;

/**
 * The 128-d residual net whose weights ship with @vladmandic/face-api (dlib's ResNet-29): its files are bare weights, so that its graph
 * is written out here. Files: the weights' manifest, then the weights. Input `input`: 150 x 150, RGB; output `embedding`.
 */
export function readFaceApiRecognition(files: readonly ModelFile[], options: CompileOptions): Graph {
  const [manifest, ...rest] = files;
  const groups = manifest && (readJson(manifest) as readonly { weights: readonly WeightEntry[] }[] | null);
  if (!Array.isArray(groups))
    throw new ModelError('The net of face-api needs its manifest of weights, then its weights');
  const weights = readWeights(
    groups.flatMap((group: { weights: readonly WeightEntry[] }) => group.weights),
    rest,
  );
  const find = (name: string): FloatConstant => {
    const weight = weights.get(name);
    if (weight === undefined) throw new ModelError(`The model has no weight ${name}`);
    return floats(weight.dims, weight.data);
  };
  return new RecognitionNet(find).build(options);
}

class RecognitionNet {
  readonly #builder = new ChannelsLastBuilder();

  constructor(private readonly weight: (name: string) => FloatConstant) {}

  build(options: CompileOptions): Graph {
    if (options.freeSize === true) throw new ModelError('The net of face-api is for one size of image only');
    const dims = [1, SIDE, SIDE, 3].map((size, i) => ({ size, free: i === 0 }));
    this.#builder.reserve(['input', 'embedding']);
    const input = this.#builder.input('input', dims, options.inputLayout === 'NCHW');
    let x = this.#relu(this.#convolve(input, 'conv32_down', 2, 'VALID'), 'conv32_down');
    x = this.#builder.pool('MaxPool', x, [3, 3], { strides: [2, 2], dilations: [1, 1], padding: 'VALID' }, 'pool');
    for (const name of BLOCKS) x = this.#block(x, name, name.includes('_down'));
    const mean = this.#builder.reduce('ReduceMean', x, [1, 2], false, 'mean');
    this.#builder.output('embedding', this.#builder.multiplyMatrix(mean, this.weight('fc'), false, undefined, 'fc'));
    return this.#builder.graph;
  }

  /** A convolution, its bias, and the scaling that follows it. */
  #convolve(x: Value, name: string, stride: number, padding: 'SAME' | 'VALID'): Value {
    const filters = transposed(this.weight(`${name}/conv/filters`), [3, 2, 0, 1]);
    const window = { strides: [stride, stride], dilations: [1, 1], padding } as const;
    const constant = (part: string): Value => this.#builder.constant(`${name}/${part}`, this.weight(`${name}/${part}`));
    const convolved = this.#builder.convolution(x, filters, 1, window, `${name}/conv`);
    const biased = this.#builder.binary('Add', convolved, constant('conv/bias'), `${name}/bias`);
    const scaled = this.#builder.binary('Mul', biased, constant('scale/weights'), `${name}/scale`);
    return this.#builder.binary('Add', scaled, constant('scale/biases'), `${name}/shift`);
  }

  #relu(x: Value, name: string): Value {
    return this.#builder.unary('Relu', x, `${name}/relu`);
  }

  /** Where it halves, the convolved half may be a row and a column short of the pooled one; what is missing counts as zero. */
  #block(x: Value, name: string, halves: boolean): Value {
    const first = this.#relu(
      this.#convolve(x, `${name}/conv1`, halves ? 2 : 1, halves ? 'VALID' : 'SAME'),
      `${name}/conv1`,
    );
    const inner = this.#convolve(first, `${name}/conv2`, 1, 'SAME');
    if (!halves) return this.#relu(this.#builder.binary('Add', inner, x, `${name}/add`), name);
    const window = { strides: [2, 2], dilations: [1, 1], padding: 'VALID' } as const;
    const pooled = this.#builder.pool('AveragePool', x, [2, 2], window, `${name}/pool`);
    const shape = pooled.dims.map(({ size }, i) => Math.max(size, inner.dims[i]!.size));
    const sum = this.#builder.binary(
      'Add',
      this.#grow(inner, shape, name),
      this.#grow(pooled, shape, name),
      `${name}/add`,
    );
    return this.#relu(sum, name);
  }

  /** Zeros after the end of each dimension. */
  #grow(x: Value, shape: readonly number[], name: string): Value {
    const after = shape.map((size, i) => size - x.dims[i]!.size);
    if (sizeOf(after.map((count) => count + 1)) === 1) return x;
    return this.#builder.pad(x, [0, 0, 0, 0], after, 0, `${name}/grow`);
  }
}
