import type { Graph, GraphNode, GraphValue } from '../graph';

/** Operators that do the same to each entry of a batch, whatever their attributes. */
const EACH_ALIKE = new Set(
  `Abs Add AveragePool BatchNormalization Cast Clip Conv Div Dropout Elu Exp GlobalAveragePool GlobalMaxPool HardSigmoid HardSwish Identity
   InstanceNormalization LRN LeakyRelu Log Max MaxPool Min Mul Neg PRelu Pad Pow Reciprocal Relu Sigmoid Softplus Softsign Sqrt Sub Sum Tanh`.split(
    /\s+/,
  ),
);

/** Operators that keep the batch apart when they do not work along it: with the attribute that says where they work, and ONNX's default. */
const ALONG: Readonly<Record<string, { readonly axis: number }>> = {
  Concat: { axis: 0 },
  Flatten: { axis: 1 },
  LpNormalization: { axis: -1 },
  Softmax: { axis: 1 },
  LogSoftmax: { axis: 1 },
};

/**
 * Frees a batch that the file fixes at one, where every node treats each entry alike. One node that may not, and the file stays as it is.
 * A reshape to one entry becomes one to as many as there are.
 */
export function freeBatch(graph: Graph): void {
  const [input] = graph.inputs;
  if (graph.inputs.length !== 1 || input?.dims?.[0] !== 1 || input.dims.length < 2) return;
  if (!graph.nodes.every((node) => keepsBatch(node, graph))) return;
  for (const node of graph.nodes) {
    const shape = node.op === 'Reshape' ? graph.constants.get(node.inputs[1]!) : undefined;
    if (shape?.type !== 'INT64' || shape.data[0] !== 1) continue;
    const name = `${node.inputs[1]}/batch`;
    graph.constants.set(name, { ...shape, data: [0, ...shape.data.slice(1)] });
    node.inputs = [node.inputs[0]!, name];
  }
  const freed = ({ dims, ...value }: GraphValue): GraphValue =>
    dims?.[0] === 1 ? { ...value, dims: ['batch', ...dims.slice(1)] } : { ...value, ...(dims && { dims }) };
  graph.inputs.splice(0, 1, freed(input));
  graph.outputs.splice(0, graph.outputs.length, ...graph.outputs.map(freed));
}

function keepsBatch(node: GraphNode, graph: Graph): boolean {
  if (EACH_ALIKE.has(node.op)) return true;
  // Its fourth input would be sizes, the batch's among them.
  if (node.op === 'Resize') return !node.inputs[3];
  const along = ALONG[node.op];
  const axis = node.attributes['axis'];
  if (along !== undefined) return (axis !== undefined && 'int' in axis ? axis.int : along.axis) !== 0;
  if (node.op === 'Gemm') {
    const turned = node.attributes['transA'];
    return turned === undefined || ('int' in turned && turned.int === 0);
  }
  if (node.op === 'MatMul') return graph.constants.has(node.inputs[1]!);
  if (node.op === 'Transpose') {
    const order = node.attributes['perm'];
    return order !== undefined && 'ints' in order && order.ints[0] === 0;
  }
  if (node.op !== 'Reshape' || node.attributes['allowzero'] !== undefined) return false;
  const shape = graph.constants.get(node.inputs[1]!);
  return (
    shape?.type === 'INT64' &&
    shape.data.length > 1 &&
    (shape.data[0] === 0 || shape.data[0] === 1 || shape.data[0] === -1)
  );
}
