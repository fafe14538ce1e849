import type { Graph } from '../graph';
import { Rewriter } from './rewriter';

/** Takes out what passes its input on. One between an input or a constant and an output stays: the output needs its name. */
export function removeIdle(graph: Graph): void {
  const rewriter = new Rewriter(graph);
  for (const node of graph.nodes) {
    const [input, output] = [node.inputs[0], node.outputs[0]];
    if ((node.op !== 'Identity' && node.op !== 'Dropout') || input === undefined || output === undefined) continue;
    if (node.outputs.slice(1).some((mask) => mask !== '')) continue;
    if (!rewriter.isOutput(output)) {
      rewriter.redirect(output, input);
      rewriter.remove(node);
      continue;
    }
    const producer = rewriter.producer(input);
    if (producer?.outputs.length !== 1 || rewriter.isOutput(input)) continue;
    rewriter.redirect(input, output);
    rewriter.absorb(node, producer);
  }
  rewriter.finish();
}
