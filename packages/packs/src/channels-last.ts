import { padShape, transposed } from './constants';
import { floats, integers, sizeOf, type Attribute, type FloatConstant } from './graph';
import { GraphBuilder } from './graph-builder';
import { ModelError } from './model-error';
import { broadcast, fixed, reshapeTarget, type Dim } from './shapes';
import { windowAttributes, windowedSides, type Window } from './windows';

/** A tensor of a source whose images lie channels last. */
export interface Value {
  readonly name: string;
  /** As the source has them, whatever the storage. */
  readonly dims: readonly Dim[];
  /** Whether the graph's tensor is `[batch, channels, height, width]` of what the source has as `[batch, height, width, channels]`. */
  readonly channelsFirst: boolean;
}

const TO_FIRST = [0, 3, 1, 2] as const;
const TO_LAST = [0, 2, 3, 1] as const;
/** Where each of the source's four dimensions lies channels first. */
const AXIS_IN_FIRST = [0, 2, 3, 1] as const;

/**
 * Lowers operators of a source with its channels last to the graph form with its channels first. What works on images passes them
 * on channels first; a tensor is turned back only where its order of numbers is seen: at an output or in a reshape.
 */
export class ChannelsLastBuilder {
  readonly #builder = new GraphBuilder();
  /** Tensors that were already turned, by name. */
  readonly #first = new Map<string, string>();
  readonly #last = new Map<string, string>();

  get graph(): GraphBuilder['graph'] {
    return this.#builder.graph;
  }

  reserve(names: Iterable<string>): void {
    this.#builder.reserve(names);
  }

  /** @param channelsFirst whether the caller will give an image channels first. */
  input(name: string, dims: readonly Dim[], channelsFirst: boolean): Value {
    const names = ['batch', 'height', 'width', 'channels'];
    const shape = dims.map(({ size, free }, i) => (free ? names[i]! : size));
    const first = channelsFirst && dims.length === 4;
    this.#builder.input({ name, type: 'FLOAT', dims: first ? TO_FIRST.map((i) => shape[i]!) : shape });
    return { name, dims, channelsFirst: first };
  }

  output(name: string, value: Value): void {
    const dims = value.dims.map(({ size, free }, i) => (!free ? size : i === 0 ? 'batch' : `${name}_${i}`));
    this.#builder.output({ name, type: 'FLOAT', dims }, this.#asWritten(value), name);
  }

  constant(name: string, constant: FloatConstant): Value {
    return {
      name: this.#builder.constant(name, constant),
      dims: constant.dims.map(fixed),
      channelsFirst: false,
    };
  }

  /** @returns the numbers of a value that is constant; undefined for others. */
  constantOf(value: Value): FloatConstant | undefined {
    const constant = this.graph.constants.get(value.name);
    return constant?.type === 'FLOAT' ? constant : undefined;
  }

  /** @param filters `[out, in / groups, height, width]` */
  convolution(x: Value, filters: FloatConstant, groups: number, window: Window, place: string): Value {
    const [out, depth, kernelHeight, kernelWidth] = filters.dims as [number, number, number, number];
    const channels = this.#image(x, place)[3]!;
    if (channels.size !== depth * groups) {
      throw new ModelError(
        `The convolution at ${place} has filters for ${depth * groups} channels, its input ${channels.size}`,
      );
    }
    const kernel = [kernelHeight, kernelWidth] as const;
    const weights = this.#builder.constant(`${place}/filters`, filters);
    const name = this.#builder.node('Conv', place, [this.#asFirst(x), weights], {
      ...windowAttributes(x.dims, kernel, window),
      dilations: { ints: window.dilations },
      group: { int: groups },
    });
    return { name, dims: [x.dims[0]!, ...windowedSides(x.dims, kernel, window), fixed(out)], channelsFirst: true };
  }

  pool(
    kind: 'MaxPool' | 'AveragePool',
    x: Value,
    kernel: readonly [number, number],
    window: Window,
    place: string,
  ): Value {
    const channels = this.#image(x, place)[3]!;
    const name = this.#builder.node(kind, place, [this.#asFirst(x)], windowAttributes(x.dims, kernel, window));
    return { name, dims: [x.dims[0]!, ...windowedSides(x.dims, kernel, window), channels], channelsFirst: true };
  }

  /** Operators that work number by number. */
  unary(op: string, x: Value, place: string, attributes: Record<string, Attribute> = {}): Value {
    return { ...x, name: this.#builder.node(op, place, [x.name], attributes) };
  }

  /** Operators on an image that look at several channels of each point. */
  acrossChannels(op: string, x: Value, place: string, attributes: Record<string, Attribute>): Value {
    this.#image(x, place);
    return { ...x, name: this.#builder.node(op, place, [this.#asFirst(x)], attributes), channelsFirst: true };
  }

  /** Holds the numbers between two bounds; either may be left open. */
  clip(x: Value, min: number | undefined, max: number | undefined, place: string): Value {
    const bound = (value: number | undefined): string =>
      value === undefined ? '' : this.#builder.constant(`${place}/bound`, floats([], Float32Array.of(value)));
    const bounds = max === undefined ? [bound(min)] : [bound(min), bound(max)];
    return { ...x, name: this.#builder.node('Clip', place, [x.name, ...bounds]) };
  }

  /** Operators on two tensors that are broadcast to each other. */
  binary(op: string, a: Value, b: Value, place: string): Value {
    const rank = Math.max(a.dims.length, b.dims.length);
    const [left, right] = a.channelsFirst || b.channelsFirst ? [this.#spread(a, rank), this.#spread(b, rank)] : [a, b];
    const padded = (value: Value): Dim[] => [...new Array<Dim>(rank - value.dims.length).fill(fixed(1)), ...value.dims];
    const [shapeA, shapeB] = [padded(a), padded(b)];
    const dims = shapeA.map((dim, i) => broadcast(dim, shapeB[i]!, place));
    const name = this.#builder.node(op, place, [left.name, right.name]);
    return { name, dims, channelsFirst: left.channelsFirst };
  }

  /** @param alpha slopes below zero, broadcast to the input. */
  prelu(x: Value, alpha: Value, place: string): Value {
    return { ...this.binary('PRelu', x, alpha, place), dims: x.dims };
  }

  /** @param before,after how many of that value are added on each side of each of the source's dimensions. */
  pad(x: Value, before: readonly number[], after: readonly number[], value: number, place: string): Value {
    const order = x.channelsFirst ? TO_FIRST : before.map((_, i) => i);
    const pads = [...order.map((i) => before[i]!), ...order.map((i) => after[i]!)];
    const inputs = [x.name, this.#builder.integers(`${place}/pads`, pads)];
    if (value !== 0) inputs.push(this.#builder.constant(`${place}/value`, floats([], Float32Array.of(value))));
    const dims = x.dims.map(({ size, free }, i) => ({ size: size + before[i]! + after[i]!, free }));
    return { name: this.#builder.node('Pad', place, inputs), dims, channelsFirst: x.channelsFirst };
  }

  /** @param target one size may be -1. A first size that is the batch's is freed. @throws ModelError when the numbers do not fit. */
  reshape(x: Value, target: readonly number[], place: string): Value {
    const { dims, written } = reshapeTarget(x.dims, target, place);
    // An image of one point holds its numbers in the same order either way.
    const isPoint = x.channelsFirst && [1, 2].every((i) => x.dims[i]!.size === 1 && !x.dims[i]!.free);
    const source = isPoint ? x.name : this.#asWritten(x);
    const name = this.#builder.node('Reshape', place, [source, this.#builder.integers(`${place}/shape`, written)]);
    return { name, dims, channelsFirst: false };
  }

  /** @param axes of the source. */
  reduce(
    op: 'ReduceMean' | 'ReduceMax' | 'ReduceSum',
    x: Value,
    axes: readonly number[],
    keep: boolean,
    place: string,
  ): Value {
    const reduced: number[] = axes.map((axis) => (axis < 0 ? axis + x.dims.length : axis));
    const dims = x.dims.flatMap((dim, i) => (!reduced.includes(i) ? [dim] : keep ? [fixed(1)] : []));
    const isPooling =
      op === 'ReduceMean' && x.channelsFirst && reduced.length === 2 && reduced.includes(1) && reduced.includes(2);
    if (isPooling) {
      const pooled = this.#builder.node('GlobalAveragePool', place, [x.name]);
      const mean = {
        name: pooled,
        dims: x.dims.map((dim, i) => (reduced.includes(i) ? fixed(1) : dim)),
        channelsFirst: true,
      };
      return keep ? mean : this.reshape(mean, [-1, dims[1]!.size], place);
    }
    // Without its dimensions kept, what is left would lie in another order than the source's.
    const source = keep || !x.channelsFirst ? x : { ...x, name: this.#asWritten(x), channelsFirst: false };
    const over = reduced.map((axis) => (source.channelsFirst ? AXIS_IN_FIRST[axis]! : axis));
    // Of the three, only the sum reads its axes as an input in this version of the operators.
    const isSum = op === 'ReduceSum';
    const inputs = isSum ? [source.name, this.#builder.integers(`${place}/axes`, over)] : [source.name];
    const name = this.#builder.node(op, place, inputs, {
      ...(!isSum && { axes: { ints: over } }),
      keepdims: { int: keep ? 1 : 0 },
    });
    return { name, dims, channelsFirst: source.channelsFirst };
  }

  concat(values: readonly Value[], axis: number, place: string): Value {
    const [first] = values;
    if (first === undefined) throw new ModelError(`Nothing is joined at ${place}`);
    const along = axis < 0 ? axis + first.dims.length : axis;
    const turned = first.dims.length === 4 && values.some((value) => value.channelsFirst);
    const name = this.#builder.node(
      'Concat',
      place,
      values.map((value) => (turned ? this.#asFirst(value) : this.#asWritten(value))),
      {
        axis: { int: turned ? AXIS_IN_FIRST[along]! : along },
      },
    );
    const sizes = values.map((value) => value.dims[along]!);
    const joined = { size: sizes.reduce((sum, { size }) => sum + size, 0), free: sizes.some(({ free }) => free) };
    return { name, dims: first.dims.map((dim, i) => (i === along ? joined : dim)), channelsFirst: turned };
  }

  /** @param order for each dimension of the result, the input's dimension that it is. */
  transpose(x: Value, order: readonly number[], place: string): Value {
    const name = this.#builder.node('Transpose', place, [this.#asWritten(x)], { perm: { ints: order } });
    return { name, dims: order.map((i) => x.dims[i]!), channelsFirst: false };
  }

  /** Makes each row along the last dimension of length 1. */
  normalise(x: Value, place: string): Value {
    const axis = x.channelsFirst ? 1 : x.dims.length - 1;
    return this.unary('LpNormalization', x, place, { axis: { int: axis }, p: { int: 2 } });
  }

  /** Over the last dimension. */
  softmax(x: Value, place: string): Value {
    const axis = x.channelsFirst ? 1 : x.dims.length - 1;
    return this.unary('Softmax', x, place, { axis: { int: axis } });
  }

  /** @param weights `[in, out]`, or `[out, in]` when turned. */
  multiplyMatrix(
    x: Value,
    weights: FloatConstant,
    turned: boolean,
    bias: FloatConstant | undefined,
    place: string,
  ): Value {
    const [depth, out] = (turned ? [weights.dims[1], weights.dims[0]] : weights.dims) as [number, number];
    const wrong = x.dims.length !== 2 || x.dims[1]!.size !== depth;
    if (wrong) throw new ModelError(`The matrix at ${place} takes rows of ${depth}, its input has ${sizesOf(x)}`);
    const inputs = [x.name, this.#builder.constant(`${place}/matrix`, weights)];
    if (bias !== undefined) inputs.push(this.#builder.constant(`${place}/bias`, bias));
    const name = this.#builder.node('Gemm', place, inputs, { transB: { int: turned ? 1 : 0 } });
    return { name, dims: [x.dims[0]!, fixed(out)], channelsFirst: false };
  }

  /** Makes an image larger or smaller, each point found as TensorFlow finds it: by corners, by the points' centres, or by their first corner. */
  resize(
    x: Value,
    to: readonly [number, number],
    mode: 'linear' | 'nearest',
    { corners, centres }: { readonly corners: boolean; readonly centres: boolean },
    place: string,
  ): Value {
    const attributes = {
      mode: { text: mode },
      coordinate_transformation_mode: { text: corners ? 'align_corners' : centres ? 'half_pixel' : 'asymmetric' },
      ...(mode === 'nearest' && { nearest_mode: { text: corners ? 'round_prefer_ceil' : 'floor' } }),
    };
    const [batch, height, width, channels] = this.#image(x, place) as [Dim, Dim, Dim, Dim];
    const scales = this.#builder.constant(
      `${place}/scales`,
      floats([4], Float32Array.of(1, 1, to[0] / height.size, to[1] / width.size)),
    );
    const name = this.#builder.node('Resize', place, [this.#asFirst(x), '', scales], attributes);
    const dims = [batch, { size: to[0], free: height.free }, { size: to[1], free: width.free }, channels];
    return { name, dims, channelsFirst: true };
  }

  #image(x: Value, place: string): readonly Dim[] {
    if (x.dims.length !== 4)
      throw new ModelError(`An image is wanted at ${place}, and it is given a tensor of ${sizesOf(x)}`);
    return x.dims;
  }

  #asFirst(x: Value): string {
    if (x.channelsFirst) return x.name;
    const known = this.#first.get(x.name);
    if (known !== undefined) return known;
    const name = this.#builder.node('Transpose', `${x.name}/first`, [x.name], { perm: { ints: TO_FIRST } });
    this.#first.set(x.name, name);
    return name;
  }

  #asWritten(x: Value): string {
    if (!x.channelsFirst) return x.name;
    const known = this.#last.get(x.name);
    if (known !== undefined) return known;
    const name = this.#builder.node('Transpose', `${x.name}/last`, [x.name], { perm: { ints: TO_LAST } });
    this.#last.set(x.name, name);
    return name;
  }

  /** One side of an operator whose other side lies channels first. */
  #spread(x: Value, rank: number): Value {
    if (x.channelsFirst) return x;
    const constant = this.constantOf(x);
    if (constant !== undefined) {
      if (sizeOf(constant.dims) === 1) return { ...x, channelsFirst: true };
      const turned = transposed(floats(padShape(constant.dims, 4), constant.data), TO_FIRST);
      return { ...this.constant(`${x.name}/first`, turned), channelsFirst: true };
    }
    if (x.dims.length === rank) return { ...x, name: this.#asFirst(x), channelsFirst: true };
    const padded = this.#builder.node('Unsqueeze', `${x.name}/padded`, [
      x.name,
      this.#builder.constant(`${x.name}/axes`, integers(Array.from({ length: rank - x.dims.length }, (_, i) => i))),
    ]);
    const name = this.#builder.node('Transpose', `${x.name}/first`, [padded], { perm: { ints: TO_FIRST } });
    return { ...x, name, channelsFirst: true };
  }
}

const sizesOf = (x: Value): string => x.dims.map(({ size }) => size).join(' x ');
