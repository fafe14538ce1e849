import { ATTRIBUTE_NUMBERS, ELEMENT_NUMBERS } from './element-types';
import { encodeModel, type AttributeProto, type TensorProto, type ValueInfoProto, type Written } from './schema';
import type { Attribute, Constant, Graph, GraphValue } from '../graph';

/** The version of the file's form that came with operator set 15; every later reader takes it. */
const IR_VERSION = 8;

/** @returns the graph as a complete ONNX file. */
export function writeOnnx(graph: Graph): Uint8Array {
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: 'likeness',
    opsetImport: [{ domain: '', version: graph.opset }],
    graph: {
      name: 'model',
      input: graph.inputs.map(writeValue),
      output: graph.outputs.map(writeValue),
      initializer: [...graph.constants].map(([name, constant]) => writeTensor(constant, name)),
      node: graph.nodes.map((node, i) => ({
        opType: node.op,
        // Readers want names to differ; places may come twice where a layer became several nodes.
        name: `${node.place}#${i}`,
        input: node.inputs,
        output: node.outputs,
        attribute: Object.entries(node.attributes).map(([name, attribute]) => writeAttribute(name, attribute)),
      })),
    },
  });
}

function writeValue({ name, type, dims }: GraphValue): Written<ValueInfoProto> {
  const shape = dims && {
    dim: dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim })),
  };
  return { name, type: { tensorType: { elemType: ELEMENT_NUMBERS[type], ...(shape && { shape }) } } };
}

function writeAttribute(name: string, attribute: Attribute): Written<AttributeProto> {
  const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');
  if ('int' in attribute) return { name, type: ATTRIBUTE_NUMBERS.int, i: attribute.int };
  if ('float' in attribute) return { name, type: ATTRIBUTE_NUMBERS.float, f: attribute.float };
  if ('text' in attribute) return { name, type: ATTRIBUTE_NUMBERS.text, s: utf8(attribute.text) };
  if ('ints' in attribute) return { name, type: ATTRIBUTE_NUMBERS.ints, ints: [...attribute.ints] };
  if ('floats' in attribute) return { name, type: ATTRIBUTE_NUMBERS.floats, floats: [...attribute.floats] };
  if ('texts' in attribute) return { name, type: ATTRIBUTE_NUMBERS.texts, strings: attribute.texts.map(utf8) };
  return { name, type: ATTRIBUTE_NUMBERS.tensor, t: writeTensor(attribute.tensor, '') };
}

function writeTensor(constant: Constant, name: string): Written<TensorProto> {
  return { name, dims: [...constant.dims], dataType: ELEMENT_NUMBERS[constant.type], rawData: rawBytes(constant) };
}

/** ONNX keeps numbers with the lowest byte first, as do all machines that Node runs on. */
function rawBytes(constant: Constant): Uint8Array {
  if (constant.type === 'FLOAT') {
    return new Uint8Array(constant.data.buffer, constant.data.byteOffset, constant.data.byteLength);
  }
  if (constant.type === 'INT64') return new Uint8Array(BigInt64Array.from(constant.data.map((n) => BigInt(n))).buffer);
  return constant.raw;
}
