import { halves, int32s, singles } from '../constants';
import { sizeOf } from '../graph';
import { ModelError } from '../model-error';
import { FlatTable } from './flat-table';
import { TFLITE_OPERATORS } from './tflite-names';

/** Numbers of the fields in schema.fbs: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs */
const MODEL = { operatorCodes: 1, subgraphs: 2, buffers: 4 } as const;
const CODE = { oldNumber: 0, custom: 1, number: 3 } as const;
const SUBGRAPH = { tensors: 0, inputs: 1, outputs: 2, operators: 3 } as const;
const TENSOR = { shape: 0, type: 1, buffer: 2, name: 3, sparsity: 6, signature: 7 } as const;
const OPERATOR = { code: 0, inputs: 1, outputs: 2, options: 4 } as const;
const BUFFER = { data: 0 } as const;

/** Numbers of TensorType. */
const TYPES: Readonly<Record<number, 'float32' | 'float16' | 'int32'>> = { 0: 'float32', 1: 'float16', 2: 'int32' };

export interface TfliteTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** -1 for sizes that are free. */
  readonly signature: readonly number[];
  readonly type: 'float32' | 'float16' | 'int32' | 'other';
  /** Of a constant. */
  readonly data?: Float32Array;
}

export interface TfliteOperator {
  readonly op: string;
  /** Name of its first output: operators themselves have none. */
  readonly place: string;
  /** Indices of tensors; -1 for one left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: FlatTable | undefined;
}

export interface TfliteModel {
  readonly tensors: readonly TfliteTensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly TfliteOperator[];
}

/** @throws ModelError when the file is no TensorFlow Lite model of one graph, or damaged. */
export function readTfliteFile(bytes: Uint8Array): TfliteModel {
  const model = FlatTable.root(bytes, 'TFL3');
  const graphs = model.tables(MODEL.subgraphs);
  const [graph] = graphs;
  if (graph === undefined || graphs.length > 1)
    throw new ModelError(`The model has ${graphs.length} graphs instead of one`);
  const codes = model.tables(MODEL.operatorCodes).map(operatorName);
  const buffers = model.tables(MODEL.buffers);
  const tensors = graph.tables(SUBGRAPH.tensors).map((tensor) => readTensor(tensor, buffers));
  const known = (indices: number[]): number[] => {
    if (indices.some((i) => i < -1 || i >= tensors.length))
      throw new ModelError('The file names a tensor that it does not have');
    return indices;
  };
  const operators = graph.tables(SUBGRAPH.operators).map((operator) => {
    const outputs = known(operator.ints(OPERATOR.outputs));
    return {
      op: codes[operator.int(OPERATOR.code)] ?? 'of no name',
      place: tensors[outputs[0]!]?.name ?? '',
      inputs: known(operator.ints(OPERATOR.inputs)),
      outputs,
      options: operator.table(OPERATOR.options),
    };
  });
  return {
    tensors,
    inputs: known(graph.ints(SUBGRAPH.inputs)),
    outputs: known(graph.ints(SUBGRAPH.outputs)),
    operators,
  };
}

/** Numbers up to 127 lie in the older field too, and in that one alone in older files. */
function operatorName(code: FlatTable): string {
  const number = Math.max(code.byte(CODE.oldNumber), code.int(CODE.number));
  const name = TFLITE_OPERATORS[number] ?? `number ${number}`;
  return name === 'CUSTOM' ? `CUSTOM ${code.text(CODE.custom)}` : name;
}

function readTensor(tensor: FlatTable, buffers: readonly FlatTable[]): TfliteTensor {
  const name = tensor.text(TENSOR.name);
  const dims = tensor.ints(TENSOR.shape);
  const type = TYPES[tensor.byte(TENSOR.type)] ?? 'other';
  const signature = tensor.ints(TENSOR.signature);
  const described: TfliteTensor = { name, dims, type, signature: signature.length === dims.length ? signature : dims };
  const bytes = buffers[tensor.int(TENSOR.buffer)]?.bytes(BUFFER.data);
  // Thinned weights are left to the DENSIFY that reads them, and other types to whatever reads them.
  if (!bytes?.length || type === 'other' || tensor.table(TENSOR.sparsity) !== undefined) return described;
  if (bytes.length !== sizeOf(dims) * (type === 'float16' ? 2 : 4)) {
    throw new ModelError(`The constant ${name} has ${bytes.length} bytes, which its shape does not fit`);
  }
  const data =
    type === 'float16' ? halves(bytes) : type === 'int32' ? Float32Array.from(int32s(bytes)) : singles(bytes);
  return { ...described, data };
}
