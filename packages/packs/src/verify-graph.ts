import type { Graph } from './graph';
import { ModelError } from './model-error';

/**
 * What must hold of every graph before it is written.
 *
 * @throws ModelError naming the tensor that is at fault.
 */
export function verifyGraph(graph: Graph): void {
  for (const [name, constant] of graph.constants) {
    if (constant.type === 'FLOAT' && hasNoNumber(constant.data)) {
      throw new ModelError(`The weight ${name} holds what is no number (NaN)`);
    }
  }
  const known = new Set(['', ...graph.constants.keys(), ...graph.inputs.map(({ name }) => name)]);
  for (const node of graph.nodes) {
    const missing = node.inputs.find((name) => !known.has(name));
    if (missing !== undefined)
      throw new ModelError(`${node.op} at ${node.place} reads ${missing}, which nothing makes`);
    for (const output of node.outputs) known.add(output);
  }
  if (graph.inputs.length === 0) throw new ModelError('The model has no input');
  if (graph.outputs.length === 0) throw new ModelError('The model has no output');
  const lost = graph.outputs.find(({ name }) => !known.has(name));
  if (lost !== undefined) throw new ModelError(`The output ${lost.name} is made by nothing`);
}

function hasNoNumber(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i++) if (data[i] !== data[i]) return true;
  return false;
}
