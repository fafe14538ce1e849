import { singles } from '../constants';
import { floats, integers, sizeOf, type Attribute, type Constant, type ElementType } from '../graph';
import { ModelError } from '../model-error';
import { ATTRIBUTE_NUMBERS, elementType } from './element-types';
import { decodeModel, type AttributeProto, type ModelProto, type TensorProto } from './schema';

/** Bytes of one number. */
const WIDTHS: Readonly<Record<ElementType, number>> = {
  FLOAT: 4,
  UINT8: 1,
  INT8: 1,
  UINT16: 2,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  BOOL: 1,
  FLOAT16: 2,
  DOUBLE: 8,
  UINT32: 4,
  UINT64: 8,
};

/** @throws ModelError when the file is no ONNX model, or cut short. */
export function parseModel(name: string, bytes: Uint8Array): ModelProto {
  let model: ModelProto;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    throw new ModelError(`${name} is no ONNX model, or it is cut short: ${(error as Error).message}`);
  }
  if (model.graph == null || model.opsetImport.length === 0)
    throw new ModelError(`${name} is no ONNX model, or it is cut short`);
  return model;
}

/** @throws ModelError when the numbers are elsewhere, are not as many as the shape takes, or are no numbers. */
export function readTensor(tensor: TensorProto, place: string): Constant {
  const type = elementType(tensor.dataType);
  if (type === undefined) throw new ModelError(`The constant at ${place} holds no numbers of a type that is known`);
  if (tensor.dataLocation !== 0)
    throw new ModelError(`The constant at ${place} lies in another file, which is not known to the model compiler`);
  const raw = tensor.rawData.length > 0 ? tensor.rawData : rawOf(tensor, type);
  if (raw.length !== sizeOf(tensor.dims) * WIDTHS[type])
    throw new ModelError(`The constant at ${place} does not fit its shape`);
  if (type === 'FLOAT') return floats(tensor.dims, singles(raw));
  if (type === 'INT64')
    return integers(Array.from(new BigInt64Array(Uint8Array.from(raw).buffer), toNumber), tensor.dims);
  return { type, dims: tensor.dims, raw };
}

/** The largest whole numbers stand for "to the end"; as near as a number comes is as far. */
function toNumber(value: bigint): number {
  const safe = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(value > safe ? safe : value < -safe ? -safe : value);
}

/** Numbers that are written one by one, as the bytes that they would be. */
function rawOf(tensor: TensorProto, type: ElementType): Uint8Array {
  switch (type) {
    case 'FLOAT':
      return new Uint8Array(Float32Array.from(tensor.floatData).buffer);
    case 'DOUBLE':
      return new Uint8Array(Float64Array.from(tensor.doubleData).buffer);
    case 'INT64':
      return new Uint8Array(BigInt64Array.from(tensor.int64Data, (value) => BigInt(value)).buffer);
    case 'UINT64':
      return new Uint8Array(BigUint64Array.from(tensor.uint64Data, (value) => BigInt(value)).buffer);
    case 'UINT32':
      return new Uint8Array(Uint32Array.from(tensor.uint64Data).buffer);
    case 'INT32':
      return new Uint8Array(Int32Array.from(tensor.int32Data).buffer);
    case 'UINT16':
    case 'INT16':
    case 'FLOAT16':
      return new Uint8Array(Uint16Array.from(tensor.int32Data).buffer);
    case 'UINT8':
    case 'INT8':
    case 'BOOL':
      return Uint8Array.from(tensor.int32Data);
  }
}

/** @throws ModelError for a graph within a graph, and for what else is no number, text or tensor. */
export function readAttribute(attribute: AttributeProto, place: string): Attribute {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
  switch (attribute.type) {
    case ATTRIBUTE_NUMBERS.float:
      return { float: attribute.f };
    case ATTRIBUTE_NUMBERS.int:
      return { int: attribute.i };
    case ATTRIBUTE_NUMBERS.text:
      return { text: text(attribute.s) };
    case ATTRIBUTE_NUMBERS.floats:
      return { floats: attribute.floats };
    case ATTRIBUTE_NUMBERS.ints:
      return { ints: attribute.ints };
    case ATTRIBUTE_NUMBERS.texts:
      return { texts: attribute.strings.map(text) };
    case ATTRIBUTE_NUMBERS.tensor:
      if (attribute.t != null) return { tensor: readTensor(attribute.t, place) };
  }
  throw new ModelError(`The attribute ${attribute.name} at ${place} is of a kind that is not known`);
}
