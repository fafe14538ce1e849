import { floats, sizeOf, type FloatConstant, type Graph, type GraphNode } from '../graph';
import { Rewriter } from './rewriter';

/** Each channel times `scale`, then plus `shift`. */
interface Scaling {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/** Melts what scales or shifts the channels of a convolution (batch normalisation among it) into its filters and bias. */
export function foldScales(graph: Graph): void {
  const rewriter = new Rewriter(graph);
  for (const node of graph.nodes) {
    for (const input of [0, 1]) {
      const conv = rewriter.soleSource(node.inputs[input], 'Conv');
      const filters = conv && rewriter.floats(conv.inputs[1]);
      const bias =
        conv &&
        (conv.inputs[2]
          ? rewriter.floats(conv.inputs[2])
          : floats([filters!.dims[0]!], new Float32Array(filters!.dims[0]!)));
      if (conv === undefined || filters === undefined || bias === undefined) continue;
      const scaling = scalingOf(node, input, filters.dims[0]!, rewriter);
      if (scaling === undefined) continue;
      const scaled = rewriter.addConstant(`${node.place}/filters`, scaleFilters(filters, scaling.scale));
      const shifted = bias.data.map((value, i) => value * scaling.scale[i]! + scaling.shift[i]!);
      const added = rewriter.addConstant(`${node.place}/bias`, floats(bias.dims, shifted));
      rewriter.setInputs(conv, [conv.inputs[0]!, scaled, added]);
      rewriter.absorb(node, conv);
      break;
    }
  }
  rewriter.finish();
}

function scaleFilters({ dims, data }: FloatConstant, scale: Float32Array): FloatConstant {
  const each = sizeOf(dims.slice(1));
  const scaled = new Float32Array(data.length);
  for (let i = 0, channel = 0; i < data.length; channel++) {
    const factor = scale[channel]!;
    for (const end = i + each; i < end; i++) scaled[i] = data[i]! * factor;
  }
  return floats(dims, scaled);
}

/** What a node does to each channel of the input at that place; undefined when it does more. */
function scalingOf(node: GraphNode, input: number, channels: number, rewriter: Rewriter): Scaling | undefined {
  const ones = (): Float32Array => new Float32Array(channels).fill(1);
  const zeros = (): Float32Array => new Float32Array(channels);
  if (node.op === 'BatchNormalization') return input === 0 ? normalisation(node, rewriter) : undefined;
  const other = rewriter.floats(node.inputs[1 - input]);
  const values = other && perChannel(other, channels);
  if (values === undefined || node.inputs.length !== 2) return undefined;
  switch (node.op) {
    case 'Mul':
      return { scale: values, shift: zeros() };
    case 'Add':
      return { scale: ones(), shift: values };
    case 'Div':
      return input === 0 ? { scale: values.map((value) => 1 / value), shift: zeros() } : undefined;
    case 'Sub':
      return input === 0
        ? { scale: ones(), shift: values.map((value) => -value) }
        : { scale: ones().fill(-1), shift: values };
    default:
      return undefined;
  }
}

/** A constant as one number a channel: a single number, or `[1, channels, 1, 1]` with or without the first. */
function perChannel({ dims, data }: FloatConstant, channels: number): Float32Array | undefined {
  if (data.length === 1 && dims.length <= 4) return new Float32Array(channels).fill(data[0]!);
  const [channel, ...image] = dims.length === 4 ? dims.slice(1) : dims;
  const fits = dims.length === 4 ? dims[0] === 1 : dims.length === 3;
  return fits && channel === channels && image.every((size) => size === 1) ? data : undefined;
}

function normalisation(node: GraphNode, rewriter: Rewriter): Scaling | undefined {
  const [scale, offset, mean, variance] = node.inputs.slice(1).map((name) => rewriter.floats(name)?.data);
  if (!scale || !offset || !mean || !variance || node.outputs.length !== 1) return undefined;
  const attribute = node.attributes['epsilon'];
  const epsilon = attribute !== undefined && 'float' in attribute ? attribute.float : 1e-5;
  const factor = scale.map((value, i) => value / Math.sqrt(variance[i]! + epsilon));
  return { scale: factor, shift: offset.map((value, i) => value - mean[i]! * factor[i]!) };
}
