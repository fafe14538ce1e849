import { floats, type FloatConstant, type Graph, type GraphNode } from '../graph';
import { Rewriter } from './rewriter';

/**
 * Sources without a PRelu write it as a sum: relu(x) plus a slope times what is left of x below zero, which is x - |x| (twice as much) or
 * -relu(-x).
 */
export function recognisePRelu(graph: Graph): void {
  const rewriter = new Rewriter(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'Add') continue;
    for (const [positive, negative] of [node.inputs, [...node.inputs].reverse()] as [string, string][]) {
      const relu = rewriter.soleSource(positive, 'Relu');
      const below = relu && scaledBelowZero(negative, relu.inputs[0]!, rewriter);
      if (relu === undefined || below === undefined) continue;
      node.op = 'PRelu';
      rewriter.setInputs(node, [relu.inputs[0]!, rewriter.addConstant(`${node.place}/slope`, below.slope)]);
      for (const absorbed of [relu, ...below.nodes]) rewriter.remove(absorbed);
      break;
    }
  }
  rewriter.finish();
}

interface BelowZero {
  readonly slope: FloatConstant;
  /** What makes it, all of it read by the sum alone. */
  readonly nodes: readonly GraphNode[];
}

/** The slope when the tensor is a constant times what is left of x below zero. */
function scaledBelowZero(name: string, x: string, rewriter: Rewriter): BelowZero | undefined {
  const product = rewriter.soleSource(name, 'Mul');
  if (product === undefined) return undefined;
  for (const at of [0, 1]) {
    const factor = rewriter.floats(product.inputs[1 - at]);
    const part = factor && belowZero(product.inputs[at]!, x, rewriter);
    if (factor === undefined || part === undefined) continue;
    const slope = floats(
      factor.dims,
      factor.data.map((value) => value * part.times),
    );
    return { slope, nodes: [product, ...part.nodes] };
  }
  return undefined;
}

/** How many times min(x, 0) the tensor is; undefined when it is something else. */
function belowZero(name: string, x: string, rewriter: Rewriter): { times: number; nodes: GraphNode[] } | undefined {
  const difference = rewriter.soleSource(name, 'Sub');
  const size = difference?.inputs[0] === x ? rewriter.soleSource(difference.inputs[1], 'Abs') : undefined;
  if (difference !== undefined && size?.inputs[0] === x) return { times: 2, nodes: [difference, size] };
  const outer = rewriter.soleSource(name, 'Neg');
  const times = outer === undefined ? -1 : 1;
  const relu = rewriter.soleSource(outer?.inputs[0] ?? name, 'Relu');
  const inner = relu && rewriter.soleSource(relu.inputs[0], 'Neg');
  if (relu === undefined || inner?.inputs[0] !== x) return undefined;
  return { times, nodes: outer === undefined ? [relu, inner] : [outer, relu, inner] };
}
