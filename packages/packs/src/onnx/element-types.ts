import type { ElementType } from '../graph';

/** Numbers of onnx.proto's TensorProto.DataType. */
export const ELEMENT_NUMBERS: Readonly<Record<ElementType, number>> = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  UINT64: 13,
};

const BY_NUMBER = new Map(Object.entries(ELEMENT_NUMBERS).map(([name, number]) => [number, name as ElementType]));

/** undefined for texts, complex numbers and the rarer floats. */
export const elementType = (number: number): ElementType | undefined => BY_NUMBER.get(number);

/** Numbers of onnx.proto's AttributeProto.AttributeType. */
export const ATTRIBUTE_NUMBERS = { float: 1, int: 2, text: 3, tensor: 4, floats: 6, ints: 7, texts: 8 } as const;
