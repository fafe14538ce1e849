import { emptyGraph, integers, type Attribute, type Constant, type Graph, type GraphValue } from './graph';

/** The operators' version that front ends write. */
const OPSET = 17;

/** Adds nodes and constants to a graph under names that occur once. */
export class GraphBuilder {
  readonly graph: Graph = emptyGraph(OPSET);
  readonly #taken = new Set<string>();

  /** @returns a name that no other tensor has, as near to the wanted one as can be. */
  fresh(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name); i++) name = `${wanted}~${i}`;
    this.#taken.add(name);
    return name;
  }

  /** Keeps names for inputs and outputs, which must be called as in the source. */
  reserve(names: Iterable<string>): void {
    for (const name of names) this.#taken.add(name);
  }

  input(value: GraphValue): void {
    this.graph.inputs.push(value);
  }

  /** @param name reserved before. */
  output(value: GraphValue, from: string, place: string): void {
    this.graph.outputs.push(value);
    this.graph.nodes.push({ op: 'Identity', place, inputs: [from], outputs: [value.name], attributes: {} });
  }

  constant(wanted: string, constant: Constant): string {
    const name = this.fresh(wanted);
    this.graph.constants.set(name, constant);
    return name;
  }

  integers(wanted: string, data: readonly number[]): string {
    return this.constant(wanted, integers(data));
  }

  /** @returns the name of the node's one output. */
  node(op: string, place: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): string {
    const output = this.fresh(place);
    this.graph.nodes.push({ op, place, inputs: [...inputs], outputs: [output], attributes });
    return output;
  }
}
