import type { Attribute } from './graph';
import { fixed, type Dim } from './shapes';

/** How a convolution or a pool passes over an image. Pairs are height and width. */
export interface Window {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** As TensorFlow means them. */
  readonly padding: 'SAME' | 'VALID';
}

type Sides = readonly [number, number];

/** @param dims the source's, `[batch, height, width, channels]`. @returns ONNX's attributes for it. */
export function windowAttributes(dims: readonly Dim[], kernel: Sides, window: Window): Record<string, Attribute> {
  const attributes = { kernel_shape: { ints: kernel }, strides: { ints: window.strides } };
  if (window.padding === 'VALID') return attributes;
  const sides = [0, 1] as const;
  // How much is added depends on the size, unless each point is visited.
  const isOpen = sides.some((i) => dims[i + 1]!.free && window.strides[i] !== 1);
  if (isOpen) return { ...attributes, auto_pad: { text: 'SAME_UPPER' } };
  const totals = sides.map((i) => samePadding(dims[i + 1]!.size, kernel[i], window.strides[i], window.dilations[i]));
  const before = totals.map((total) => Math.floor(total / 2));
  return { ...attributes, pads: { ints: [...before, ...totals.map((total, i) => total - before[i]!)] } };
}

/** Height and width of what comes out. */
export function windowedSides(dims: readonly Dim[], kernel: Sides, window: Window): [Dim, Dim] {
  const side = (i: 0 | 1): Dim => {
    const { size, free } = dims[i + 1]!;
    const reach = window.padding === 'SAME' ? 1 : (kernel[i] - 1) * window.dilations[i] + 1;
    const windowed = Math.ceil((size - reach + 1) / window.strides[i]);
    return free ? { size: windowed, free } : fixed(windowed);
  };
  return [side(0), side(1)];
}

/** Rows or columns of zeros that SAME adds on both sides together. */
function samePadding(size: number, kernel: number, stride: number, dilation: number): number {
  const reach = (kernel - 1) * dilation + 1;
  return Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
}
