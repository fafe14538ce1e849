import { floats, integers, type Attribute, type Constant, type Graph, type GraphNode, type GraphValue } from '../graph';
import { ModelError, unknownOperator } from '../model-error';
import { elementType } from '../onnx/element-types';
import { parseModel, readAttribute, readTensor } from '../onnx/reader';
import type { GraphProto, NodeProto, ValueInfoProto } from '../onnx/schema';
import { freeBatch } from './free-batch';
import type { CompileOptions, ModelFile } from './front-end';
import { ONNX_OPERATORS } from './onnx-names';

/** ONNX files that are whole in themselves: nodes pass through as they are, so that the optimiser can do its work. */
export function readOnnx(files: readonly ModelFile[], options: CompileOptions): Graph {
  const [file] = files;
  if (file === undefined || files.length > 1) throw new ModelError('An ONNX model is one file');
  if (options.freeSize === true) throw new ModelError('The size of an ONNX model is free where its file says so');
  const { graph, opsetImport } = parseModel(file.name, file.bytes);
  const opset = opsetImport.find(({ domain }) => isOnnx(domain))?.version;
  if (opset === undefined) throw new ModelError(`${file.name} does not say which operators of ONNX it means`);
  const read = readGraph(graph!, opset);
  freeBatch(read);
  return read;
}

const isOnnx = (domain: string): boolean => domain === '' || domain === 'ai.onnx';

function readGraph(graph: GraphProto, opset: number): Graph {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, readTensor(tensor, tensor.name)]));
  const nodes: GraphNode[] = [];
  for (const node of graph.node) {
    const read = readNode(node);
    const constant = read.op === 'Constant' ? constantOf(read) : undefined;
    if (constant === undefined) nodes.push(read);
    else constants.set(read.outputs[0]!, constant);
  }
  return {
    // Older files name constants among the inputs.
    inputs: graph.input.filter(({ name }) => !constants.has(name)).map((value) => readValue(value, 'input')),
    outputs: graph.output.map((value) => readValue(value, 'output')),
    nodes,
    constants,
    opset,
  };
}

function readNode(node: NodeProto): GraphNode {
  const place = node.name || node.output[0] || node.opType;
  const isKnown = isOnnx(node.domain) && (ONNX_OPERATORS.has(node.opType) || node.opType === 'Constant');
  if (!isKnown) throw unknownOperator(isOnnx(node.domain) ? node.opType : `${node.domain}.${node.opType}`, place);
  const attributes = node.attribute.map((attribute): [string, Attribute] => [
    attribute.name,
    readAttribute(attribute, place),
  ]);
  return {
    op: node.opType,
    place,
    inputs: node.input,
    outputs: node.output,
    attributes: Object.fromEntries(attributes),
  };
}

/** @throws ModelError when it holds something else than numbers. */
function constantOf({ attributes, place }: GraphNode): Constant {
  const [attribute] = Object.values(attributes);
  if (attribute !== undefined) {
    if ('tensor' in attribute) return attribute.tensor;
    if ('float' in attribute) return floats([], Float32Array.of(attribute.float));
    if ('floats' in attribute) return floats([attribute.floats.length], Float32Array.from(attribute.floats));
    if ('int' in attribute) return integers([attribute.int], []);
    if ('ints' in attribute) return integers(attribute.ints);
  }
  throw unknownOperator('Constant of no numbers', place);
}

function readValue({ name, type }: ValueInfoProto, kind: 'input' | 'output'): GraphValue {
  const tensor = type?.tensorType;
  const element = tensor && elementType(tensor.elemType);
  if (tensor == null || element === undefined) throw new ModelError(`The ${kind} ${name} is no tensor of numbers`);
  // A size that is not said at all is free under a name of its own.
  const dims = tensor.shape?.dim.map(({ dimValue, dimParam }, i) =>
    dimValue != null && dimValue > 0 ? dimValue : dimParam || `${name}_${i}`,
  );
  return { name, type: element, ...(dims && { dims }) };
}
