import { ModelError } from './model-error';

/**
 * The small graph form that every front end lowers to. Operators, their attributes and the order of their inputs are those of ONNX
 * (https://onnx.ai/onnx/operators/); images lie channels first. A name stands for one tensor in the whole graph.
 */
export interface Graph {
  readonly inputs: GraphValue[];
  readonly outputs: GraphValue[];
  /** In an order in which each node comes after those it reads. */
  nodes: GraphNode[];
  readonly constants: Map<string, Constant>;
  /** Version of ONNX's operators. */
  readonly opset: number;
}

/** What goes in or comes out. */
export interface GraphValue {
  readonly name: string;
  readonly type: ElementType;
  /** A text names a size that is free; undefined when not even the number of dimensions is known. */
  readonly dims?: readonly (number | string)[];
}

export interface GraphNode {
  op: string;
  /** Name of the layer in the source. */
  readonly place: string;
  /** Names of tensors; an empty text is an optional input left out. */
  inputs: string[];
  outputs: string[];
  attributes: Readonly<Record<string, Attribute>>;
}

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] }
  | { readonly tensor: Constant };

/** Named as in onnx.proto's TensorProto.DataType. */
export type ElementType =
  | 'FLOAT'
  | 'UINT8'
  | 'INT8'
  | 'UINT16'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'BOOL'
  | 'FLOAT16'
  | 'DOUBLE'
  | 'UINT32'
  | 'UINT64';

/** A tensor whose numbers are known, row by row. Floats and whole numbers are read and folded; the rest passes through as bytes. */
export type Constant =
  | { readonly type: 'FLOAT'; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'INT64'; readonly dims: readonly number[]; readonly data: readonly number[] }
  | {
      readonly type: Exclude<ElementType, 'FLOAT' | 'INT64'>;
      readonly dims: readonly number[];
      readonly raw: Uint8Array;
    };

export type FloatConstant = Extract<Constant, { type: 'FLOAT' }>;

export const floats = (dims: readonly number[], data: Float32Array): FloatConstant => ({ type: 'FLOAT', dims, data });

export const integers = (data: readonly number[], dims: readonly number[] = [data.length]): Constant => ({
  type: 'INT64',
  dims,
  data,
});

/** How many numbers a tensor of this shape holds. */
export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

export function emptyGraph(opset: number): Graph {
  return { inputs: [], outputs: [], nodes: [], constants: new Map(), opset };
}

/** @throws ModelError naming the node when the attribute is not there or of another type. */
export function intsOf(node: GraphNode, name: string): readonly number[] {
  const attribute = node.attributes[name];
  if (attribute === undefined || !('ints' in attribute)) {
    throw new ModelError(`${node.op} at ${node.place} lacks its attribute ${name}`);
  }
  return attribute.ints;
}
