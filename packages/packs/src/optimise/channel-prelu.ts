import { floats, type Graph, type GraphNode } from '../graph';
import { Rewriter } from './rewriter';

/** What keeps an image an image, so that a node behind it can be looked up in the node before. */
const IMAGE_MAKERS = new Set(['Conv', 'MaxPool', 'AveragePool']);

/**
 * A PRelu with a slope for each channel breaks onnxruntime's blocked layout, as there is no blocked form of it. As `slope x + (1 - slope) relu(x)`,
 * two convolutions of one point and one channel, everything stays blocked: MobileFaceNet takes two thirds of the time (docs/benchmarks.md).
 */
export function spreadPRelu(graph: Graph): void {
  const rewriter = new Rewriter(graph);
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes) {
    const slope = node.op === 'PRelu' ? rewriter.floats(node.inputs[1]) : undefined;
    const channels = slope && channelsOf(slope.dims, node.inputs[0]!, rewriter);
    if (slope === undefined || channels === undefined) {
      nodes.push(node);
      continue;
    }
    const [x, output] = [node.inputs[0]!, node.outputs[0]!];
    const scale = (part: string, from: string, data: Float32Array): string => {
      const name = rewriter.addConstant(`${output}/${part}`, floats([channels, 1, 1, 1], data));
      const scaled = rewriter.fresh(`${name}/scaled`);
      const attributes = { group: { int: channels }, kernel_shape: { ints: [1, 1] } };
      nodes.push({ op: 'Conv', place: node.place, inputs: [from, name], outputs: [scaled], attributes });
      return scaled;
    };
    const positive = rewriter.fresh(`${output}/positive`);
    nodes.push({ op: 'Relu', place: node.place, inputs: [x], outputs: [positive], attributes: {} });
    const both = [
      scale('slope', x, slope.data),
      scale(
        'rest',
        positive,
        slope.data.map((value) => 1 - value),
      ),
    ];
    nodes.push({ op: 'Add', place: node.place, inputs: both, outputs: [output], attributes: {} });
  }
  graph.nodes = nodes;
}

/** How many channels the slopes are for; undefined when it is not sure that the second dimension of an image is meant. */
function channelsOf(dims: readonly number[], x: string, rewriter: Rewriter): number | undefined {
  const [channels, ...sides] = dims.length === 4 && dims[0] === 1 ? dims.slice(1) : dims;
  if (channels === undefined || sides.length !== 2 || sides.some((side) => side !== 1)) return undefined;
  return dims.length === 4 || isImage(x, rewriter) ? channels : undefined;
}

function isImage(name: string, rewriter: Rewriter): boolean {
  const producer = rewriter.producer(name);
  if (producer === undefined) return false;
  const filters = rewriter.constant(producer.inputs[1]);
  if (producer.op === 'Conv') return filters?.dims.length === 4;
  if (IMAGE_MAKERS.has(producer.op)) return isImage(producer.inputs[0]!, rewriter);
  return (
    producer.op === 'Add' &&
    producer.inputs.some((input) => rewriter.producer(input)?.op === 'Conv' && isImage(input, rewriter))
  );
}
