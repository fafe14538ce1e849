import { transposed } from '../constants';
import { intsOf, type Graph } from '../graph';
import { removeIdle } from './idle';
import { Rewriter } from './rewriter';

/** Makes one turn of two that follow each other, none of two that undo each other, and turns constants at once. */
export function cancelTransposes(graph: Graph): void {
  const rewriter = new Rewriter(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'Transpose' || node.attributes['perm'] === undefined) continue;
    const order = intsOf(node, 'perm');
    const constant = rewriter.floats(node.inputs[0]);
    if (constant !== undefined) {
      rewriter.setInputs(node, [rewriter.addConstant(`${node.outputs[0]}/turned`, transposed(constant, order))]);
      asIdentity(node);
      continue;
    }
    const before = rewriter.producer(node.inputs[0]!);
    if (before?.op !== 'Transpose' || before.attributes['perm'] === undefined) continue;
    const both = order.map((axis) => intsOf(before, 'perm')[axis]!);
    rewriter.setInputs(node, [before.inputs[0]!]);
    if (both.every((axis, i) => axis === i)) asIdentity(node);
    else node.attributes = { perm: { ints: both } };
  }
  rewriter.finish();
  removeIdle(graph);
}

function asIdentity(node: Graph['nodes'][number]): void {
  node.op = 'Identity';
  node.attributes = {};
}
