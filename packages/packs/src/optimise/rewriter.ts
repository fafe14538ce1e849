import type { Constant, FloatConstant, Graph, GraphNode } from '../graph';

/** Looks up who makes and who reads a tensor, and changes the graph node by node. Made anew for each pass. */
export class Rewriter {
  readonly #producers = new Map<string, GraphNode>();
  readonly #readers = new Map<string, GraphNode[]>();
  readonly #outputs: ReadonlySet<string>;
  readonly #removed = new Set<GraphNode>();

  constructor(readonly graph: Graph) {
    this.#outputs = new Set(graph.outputs.map(({ name }) => name));
    for (const node of graph.nodes) {
      for (const output of node.outputs) this.#producers.set(output, node);
      for (const input of node.inputs) this.#addReader(input, node);
    }
  }

  producer(name: string): GraphNode | undefined {
    return this.#producers.get(name);
  }

  constant(name: string | undefined): Constant | undefined {
    return name === undefined ? undefined : this.graph.constants.get(name);
  }

  floats(name: string | undefined): FloatConstant | undefined {
    const constant = this.constant(name);
    return constant?.type === 'FLOAT' ? constant : undefined;
  }

  /** The node of that operator that makes a tensor which nothing but the given node reads. */
  soleSource(name: string | undefined, op: string): GraphNode | undefined {
    const node = name === undefined ? undefined : this.#producers.get(name);
    return node?.op === op && node.outputs.length === 1 && this.isReadOnce(name!) ? node : undefined;
  }

  isReadOnce(name: string): boolean {
    return !this.#outputs.has(name) && this.#readers.get(name)?.length === 1;
  }

  isOutput(name: string): boolean {
    return this.#outputs.has(name);
  }

  /** Makes whatever reads a tensor read another. */
  redirect(from: string, to: string): void {
    for (const node of this.#readers.get(from) ?? []) {
      node.inputs = node.inputs.map((input) => (input === from ? to : input));
      this.#addReader(to, node);
    }
    this.#readers.delete(from);
  }

  /** Takes a node out whose work another now does: that one gives its output under this one's name, so that outputs keep theirs. */
  absorb(node: GraphNode, into: GraphNode): void {
    into.outputs = [...node.outputs];
    for (const output of node.outputs) this.#producers.set(output, into);
    this.#removed.add(node);
  }

  setInputs(node: GraphNode, inputs: readonly string[]): void {
    for (const input of node.inputs) {
      const readers = this.#readers.get(input) ?? [];
      const at = readers.indexOf(node);
      if (at >= 0) readers.splice(at, 1);
    }
    node.inputs = [...inputs];
    for (const input of inputs) this.#addReader(input, node);
  }

  remove(node: GraphNode): void {
    this.#removed.add(node);
  }

  isRemoved(node: GraphNode): boolean {
    return this.#removed.has(node);
  }

  /** @returns the name that it was given. */
  addConstant(wanted: string, constant: Constant): string {
    const name = this.fresh(wanted);
    this.graph.constants.set(name, constant);
    return name;
  }

  /** @returns a name that no tensor has, as near to the wanted one as can be. */
  fresh(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.graph.constants.has(name) || this.#producers.has(name); i++) name = `${wanted}~${i}`;
    return name;
  }

  /** Drops what was taken out. */
  finish(): void {
    this.graph.nodes = this.graph.nodes.filter((node) => !this.#removed.has(node));
  }

  #addReader(name: string, node: GraphNode): void {
    const readers = this.#readers.get(name);
    if (readers === undefined) this.#readers.set(name, [node]);
    else readers.push(node);
  }
}
