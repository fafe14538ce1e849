import { intsOf, type Graph, type GraphNode } from '../graph';
import { Rewriter } from './rewriter';

/** Zeros that are added around an image before a convolution are added by the convolution. */
export function foldPads(graph: Graph): void {
  const rewriter = new Rewriter(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'Conv' || node.attributes['auto_pad'] !== undefined) continue;
    const pad = rewriter.soleSource(node.inputs[0], 'Pad');
    const amounts = pad && zeroPads(pad, rewriter);
    if (pad === undefined || amounts === undefined) continue;
    const own = node.attributes['pads'] === undefined ? [0, 0, 0, 0] : intsOf(node, 'pads');
    const added = [amounts[2]!, amounts[3]!, amounts[6]!, amounts[7]!];
    node.attributes = { ...node.attributes, pads: { ints: own.map((count, i) => count + added[i]!) } };
    rewriter.setInputs(node, [pad.inputs[0]!, ...node.inputs.slice(1)]);
    rewriter.remove(pad);
  }
  rewriter.finish();
}

/** What a Pad adds to height and width; undefined when it adds anything but zeros, or to other dimensions. */
function zeroPads(pad: GraphNode, rewriter: Rewriter): readonly number[] | undefined {
  const amounts = rewriter.constant(pad.inputs[1]);
  const mode = pad.attributes['mode'];
  const isConstant = mode === undefined || ('text' in mode && mode.text === 'constant');
  const value = pad.inputs[2] ? rewriter.floats(pad.inputs[2])?.data[0] : 0;
  if (amounts?.type !== 'INT64' || amounts.data.length !== 8 || !isConstant || value !== 0) return undefined;
  const isImage = amounts.data.every((count, i) => count >= 0 && (count === 0 || i % 4 >= 2));
  return isImage && !pad.inputs[3] ? amounts.data : undefined;
}
