import { ModelError } from './model-error';

/** One size of a tensor: as the source has it, and whether another may be given when the net runs. */
export interface Dim {
  readonly size: number;
  readonly free: boolean;
}

/** A size that cannot change. */
export const fixed = (size: number): Dim => ({ size, free: false });

const product = (dims: readonly Dim[]): number => dims.reduce((all, { size }) => all * size, 1);

/**
 * What a reshape gives, and how it is written so that it fits any batch and any free size: ONNX's 0 is "as in the input", its -1
 * "what is left".
 *
 * @throws ModelError when the numbers do not fit, or when more is free than one -1 can say.
 */
export function reshapeTarget(
  from: readonly Dim[],
  target: readonly number[],
  place: string,
): { dims: Dim[]; written: number[] } {
  const misfit = (): ModelError =>
    new ModelError(
      `A tensor of ${from.map(({ size }) => size).join(' x ')} cannot become ${target.slice(0, 8).join(' x ')} at ${place}`,
    );
  const sizes = resolve(product(from), target, misfit);
  const [batch, ...rest] = from;
  const keepsBatch = batch !== undefined && batch.free && sizes[0] === batch.size;
  if (!keepsBatch) return whole(from, sizes, target);
  const free = product(rest.filter((dim) => dim.free));
  const inner = sizes.slice(1);
  if (!rest.some((dim) => dim.free)) {
    return { dims: [batch, ...inner.map(fixed)], written: [0, ...inner] };
  }
  const open = inner.findIndex((size) => size % free === 0);
  if (open < 0) throw new ModelError(`The reshape at ${place} is for one size of image only`);
  return {
    dims: [batch, ...inner.map((size, i) => ({ size, free: i === open }))],
    written: [0, ...inner.map((size, i) => (i === open ? -1 : size))],
  };
}

/** A reshape that mixes the batch with other sizes keeps the source's own -1, or frees the first size. */
function whole(
  from: readonly Dim[],
  sizes: readonly number[],
  target: readonly number[],
): { dims: Dim[]; written: number[] } {
  const isFree = from.some((dim) => dim.free);
  const open = Math.max(target.indexOf(-1), 0);
  return {
    dims: sizes.map((size, i) => ({ size, free: isFree && i === open })),
    written: sizes.map((size, i) => (isFree && i === open ? -1 : size)),
  };
}

function resolve(count: number, target: readonly number[], misfit: () => ModelError): number[] {
  const known = target.filter((size) => size !== -1).reduce((all, size) => all * size, 1);
  const open = target.filter((size) => size === -1).length;
  if (open > 1 || (open === 0 && known !== count) || (open === 1 && count % known !== 0)) throw misfit();
  return target.map((size) => (size === -1 ? count / known : size));
}

/**
 * The size that two tensors have together where one is repeated to fit the other.
 *
 * @throws ModelError when the sizes differ, or when one may change and the other is a fixed size above one.
 */
export function broadcast(a: Dim, b: Dim, place: string): Dim {
  const isOne = (dim: Dim): boolean => dim.size === 1 && !dim.free;
  if (isOne(a) || isOne(b)) return isOne(a) ? b : a;
  if (a.size !== b.size) throw new ModelError(`Sizes of ${a.size} and ${b.size} meet at ${place}`);
  if (a.free !== b.free) throw new ModelError(`What meets at ${place} is for one size of image or batch only`);
  return a;
}
