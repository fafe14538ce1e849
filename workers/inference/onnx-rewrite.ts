/**
 * A PRelu whose slope is one number is a LeakyRelu, which onnxruntime folds into the convolution before it; left as a PRelu
 * it breaks the blocked layout at every layer. Rewriting it when a net is loaded halves the time of face-reidentification-retail-0095
 * and changes no bit of its output (docs/benchmarks.md). Only the few fields of the ONNX format that this takes are read:
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */

/** Numbers of the fields in onnx.proto. */
const MODEL = { graph: 7 } as const;
const GRAPH = { node: 1, initializer: 5 } as const;
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, float: 2, type: 20 } as const;
const TENSOR = { dataType: 2, floatData: 4, name: 8, rawData: 9 } as const;
/** Both TensorProto.DataType.FLOAT and AttributeProto.AttributeType.FLOAT. */
const FLOAT = 1;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

interface Field {
  readonly number: number;
  readonly wire: number;
  /** Of a VARINT. */
  readonly value: number;
  /** Of the others. */
  readonly bytes: Buffer;
  /** The whole field as it was read. */
  readonly raw: Buffer;
}

function readVarint(message: Buffer, at: number): [value: number, next: number] {
  let value = 0;
  let scale = 1;
  for (let i = at; i < message.length; i++, scale *= 128) {
    value += (message[i]! & 0x7f) * scale;
    if (message[i]! < 0x80) return [value, i + 1];
  }
  throw new Error('The ONNX file is damaged');
}

function readFields(message: Buffer): Field[] {
  const fields: Field[] = [];
  for (let start = 0; start < message.length;) {
    const [key, afterKey] = readVarint(message, start);
    const wire = key & 7;
    let value = 0;
    let from = afterKey;
    let end: number;
    if (wire === VARINT) [value, end] = readVarint(message, afterKey);
    else if (wire === FIXED64) end = afterKey + 8;
    else if (wire === FIXED32) end = afterKey + 4;
    else if (wire === BYTES) {
      const [length, afterLength] = readVarint(message, afterKey);
      from = afterLength;
      end = afterLength + length;
    } else throw new Error('The ONNX file is damaged');
    if (end > message.length) throw new Error('The ONNX file is damaged');
    fields.push({
      number: Math.floor(key / 8),
      wire,
      value,
      bytes: message.subarray(from, end),
      raw: message.subarray(start, end),
    });
    start = end;
  }
  return fields;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return Buffer.from([...bytes, value]);
}

const lengthDelimited = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([varint(number * 8 + BYTES), varint(bytes.length), bytes]);

/** Name and value of an initializer that is a single float; undefined for any other. */
function singleFloat(tensor: Buffer): [name: string, value: number] | undefined {
  const fields = readFields(tensor);
  const find = (number: number): Field | undefined => fields.find((field) => field.number === number);
  const data = find(TENSOR.rawData)?.bytes ?? find(TENSOR.floatData)?.bytes;
  const name = find(TENSOR.name)?.bytes.toString('utf8');
  if (find(TENSOR.dataType)?.value !== FLOAT || data?.length !== 4 || name === undefined) return undefined;
  return [name, data.readFloatLE()];
}

/** The node as a LeakyRelu, or undefined when it is no PRelu with a single slope. */
function asLeakyRelu(node: Buffer, slopes: ReadonlyMap<string, number>): Buffer | undefined {
  const fields = readFields(node);
  const all = (number: number): Field[] => fields.filter((field) => field.number === number);
  if (all(NODE.opType)[0]?.bytes.toString('utf8') !== 'PRelu') return undefined;
  const [input, slope] = all(NODE.input);
  const alpha = slopes.get(slope!.bytes.toString('utf8'));
  if (alpha === undefined) return undefined;
  const number = Buffer.alloc(4);
  number.writeFloatLE(alpha);
  const attribute = Buffer.concat([
    lengthDelimited(ATTRIBUTE.name, Buffer.from('alpha')),
    varint(ATTRIBUTE.float * 8 + FIXED32),
    number,
    varint(ATTRIBUTE.type * 8 + VARINT),
    varint(FLOAT),
  ]);
  return Buffer.concat([
    input!.raw,
    ...all(NODE.output).map(({ raw }) => raw),
    ...all(NODE.name).map(({ raw }) => raw),
    lengthDelimited(NODE.opType, Buffer.from('LeakyRelu')),
    lengthDelimited(NODE.attribute, attribute),
  ]);
}

function rewriteGraph(graph: Buffer): Buffer {
  const fields = readFields(graph);
  const slopes = new Map<string, number>();
  for (const { number, bytes } of fields) {
    const slope = number === GRAPH.initializer ? singleFloat(bytes) : undefined;
    if (slope !== undefined) slopes.set(...slope);
  }
  return Buffer.concat(
    fields.map(({ number, bytes, raw }) => {
      const rewritten = number === GRAPH.node ? asLeakyRelu(bytes, slopes) : undefined;
      return rewritten === undefined ? raw : lengthDelimited(GRAPH.node, rewritten);
    }),
  );
}

/**
 * An ONNX model with every PRelu of a single slope as the LeakyRelu that it is.
 *
 * @throws Error when the file is no protobuf message.
 */
export function simplifyOnnx(model: Uint8Array): Uint8Array {
  const bytes = Buffer.from(model.buffer, model.byteOffset, model.byteLength);
  return Buffer.concat(
    readFields(bytes).map((field) =>
      field.number === MODEL.graph ? lengthDelimited(MODEL.graph, rewriteGraph(field.bytes)) : field.raw,
    ),
  );
}
