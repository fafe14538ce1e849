import type { Graph } from '../graph';

/** Drops nodes and constants that no output needs. */
export function dropUnread(graph: Graph): void {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const nodes = [...graph.nodes].reverse().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    for (const input of node.inputs) needed.add(input);
    return true;
  });
  graph.nodes = nodes.reverse();
  for (const name of graph.constants.keys()) if (!needed.has(name)) graph.constants.delete(name);
}
