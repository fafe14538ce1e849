import type { Graph, GraphNode } from '../graph';
import { Rewriter } from './rewriter';

/** The version from which a Clip reads its bounds as inputs. */
const CLIP_WITH_INPUTS = 11;

/** Writes activations as those that onnxruntime melts into the convolution before them. */
export function mergeActivations(graph: Graph): void {
  const rewriter = new Rewriter(graph);
  for (const node of graph.nodes) {
    if (node.op === 'PRelu') asLeakyRelu(node, rewriter);
    else if (graph.opset >= CLIP_WITH_INPUTS) asClip(node, rewriter);
  }
  rewriter.finish();
}

/**
 * A PRelu whose slope is one number is a LeakyRelu; left as it is, it breaks onnxruntime's blocked layout at every layer. Of
 * face-reidentification-retail-0095 that is half the time, and no bit of the output (docs/benchmarks.md).
 */
function asLeakyRelu(node: GraphNode, rewriter: Rewriter): void {
  const slope = rewriter.floats(node.inputs[1]);
  if (slope === undefined || slope.data.some((value) => value !== slope.data[0])) return;
  node.op = 'LeakyRelu';
  node.attributes = { alpha: { float: slope.data[0]! } };
  rewriter.setInputs(node, [node.inputs[0]!]);
}

/** Relu, Min and Max with single numbers, one after the other, are one Clip. */
function asClip(node: GraphNode, rewriter: Rewriter): void {
  const own = boundsOf(node, rewriter);
  if (own === undefined) return;
  const [source] = own.inputs;
  const before = rewriter.producer(source!);
  const inner = before && rewriter.isReadOnce(source!) ? boundsOf(before, rewriter) : undefined;
  if (before === undefined || inner === undefined) return;
  // What comes second has the last word.
  const limit = (value: number): number => Math.min(Math.max(value, own.min), own.max);
  const [min, max] = [limit(inner.min), limit(inner.max)];
  node.op = 'Clip';
  node.attributes = {};
  rewriter.setInputs(node, [inner.inputs[0]!, bound(min, node, rewriter), bound(max, node, rewriter)]);
  rewriter.remove(before);
}

const bound = (value: number, node: GraphNode, rewriter: Rewriter): string =>
  Number.isFinite(value)
    ? rewriter.addConstant(`${node.place}/bound`, { type: 'FLOAT', dims: [], data: Float32Array.of(value) })
    : '';

function boundsOf(node: GraphNode, rewriter: Rewriter): { inputs: string[]; min: number; max: number } | undefined {
  const single = (name: string | undefined): number | undefined => {
    const constant = rewriter.floats(name);
    return constant?.data.length === 1 && constant.dims.length <= 1 ? constant.data[0] : undefined;
  };
  if (node.op === 'Relu') return { inputs: node.inputs, min: 0, max: Infinity };
  if (node.op === 'Clip') {
    const [x, low, high] = node.inputs;
    const [min, max] = [low ? single(low) : -Infinity, high ? single(high) : Infinity];
    return min === undefined || max === undefined ? undefined : { inputs: [x!], min, max };
  }
  if ((node.op !== 'Min' && node.op !== 'Max') || node.inputs.length !== 2) return undefined;
  const at = node.inputs.findIndex((name) => single(name) !== undefined);
  if (at < 0) return undefined;
  const value = single(node.inputs[at])!;
  const inputs = [node.inputs[1 - at]!];
  return node.op === 'Min' ? { inputs, min: -Infinity, max: value } : { inputs, min: value, max: Infinity };
}
