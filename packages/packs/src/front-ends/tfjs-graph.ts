import { floats, type Graph } from '../graph';
import { ChannelsLastBuilder, type Value } from '../channels-last';
import { ModelError, unknownOperator } from '../model-error';
import type { CompileOptions, ModelFile } from './front-end';
import { LOWERINGS } from './tfjs-operators';
import { TfjsNode, type JsonNode } from './tfjs-node';
import { readJson, readWeights, type Weight, type WeightEntry } from './tfjs-weights';

/** The parts of a graph model's `model.json` that are read. */
interface ModelJson {
  readonly modelTopology?: { readonly node?: readonly JsonNode[] };
  readonly weightsManifest?: readonly { readonly weights: readonly WeightEntry[] }[];
  readonly signature?: { readonly outputs?: Readonly<Record<string, { readonly name: string }>> };
}

/** A name without the number of the output that it means. */
const plain = (reference: string): string => reference.replace(/:\d+$/, '');

/** TensorFlow.js graph models: `model.json` first, then the files of weights in its order. */
export function readTfjsGraph(files: readonly ModelFile[], options: CompileOptions): Graph {
  const [graphFile, ...weightFiles] = files;
  if (graphFile === undefined) throw new ModelError('A tfjs graph model needs its model.json');
  const json = readJson(graphFile) as ModelJson | null;
  const nodes = json?.modelTopology?.node;
  if (nodes === undefined || json?.weightsManifest === undefined) {
    throw new ModelError(`${graphFile.name} is no graph model of TensorFlow.js`);
  }
  const weights = readWeights(
    json.weightsManifest.flatMap((group) => group.weights),
    weightFiles,
  );
  return new Lowering(
    nodes.map((node) => new TfjsNode(node)),
    weights,
    options,
  ).run(outputNames(json, nodes));
}

/** What the signature names, else what no node reads. */
function outputNames(json: ModelJson, nodes: readonly JsonNode[]): string[] {
  const named = Object.values(json.signature?.outputs ?? {}).map(({ name }) => plain(name));
  if (named.length > 0) return [...new Set(named)];
  const read = new Set(nodes.flatMap((node) => (node.input ?? []).map(plain)));
  return nodes.map(({ name }) => name).filter((name) => !read.has(name));
}

/** Lowers each node when what it reads is there; the file's own order need not be that of running. */
class Lowering {
  readonly #builder = new ChannelsLastBuilder();
  readonly #values = new Map<string, Value>();
  readonly #nodes: ReadonlyMap<string, TfjsNode>;

  constructor(
    nodes: readonly TfjsNode[],
    private readonly weights: ReadonlyMap<string, Weight>,
    private readonly options: CompileOptions,
  ) {
    this.#nodes = new Map(nodes.map((node) => [node.name, node]));
  }

  run(outputs: readonly string[]): Graph {
    const inputs = [...this.#nodes.values()].filter(({ op }) => op === 'Placeholder');
    this.#builder.reserve([...inputs.map(({ name }) => name), ...outputs]);
    for (const node of inputs) this.#values.set(node.name, this.#input(node));
    for (const name of outputs) this.#builder.output(name, this.#value(name));
    return this.#builder.graph;
  }

  #input(node: TfjsNode): Value {
    const dims = node.shape().map((size, i) => ({
      size: size > 0 ? size : 1,
      free: i === 0 || size <= 0 || (this.options.freeSize === true && (i === 1 || i === 2)),
    }));
    return this.#builder.input(node.name, dims, this.options.inputLayout === 'NCHW');
  }

  /** Walks with a list of its own: a net may be deeper than the call stack. */
  #value(wanted: string): Value {
    const open = [wanted];
    while (open.length > 0) {
      const name = open.at(-1)!;
      const node = this.#nodes.get(name);
      if (node === undefined) throw new ModelError(`The model reads ${name}, which it does not have`);
      const missing = node.op === 'Const' ? [] : node.inputs.filter((input) => !this.#values.has(input));
      if (missing.length > 0 && open.length <= this.#nodes.size) open.push(missing[0]!);
      else if (missing.length > 0) throw new ModelError(`The model's nodes read each other in a circle at ${name}`);
      else {
        if (!this.#values.has(name)) this.#values.set(name, this.#lower(node));
        open.pop();
      }
    }
    return this.#values.get(wanted)!;
  }

  #lower(node: TfjsNode): Value {
    if (node.op === 'Const') {
      const { dims, data } = this.#weight(node.name);
      return this.#builder.constant(node.name, floats(dims, data));
    }
    const lowering = LOWERINGS[node.op];
    if (lowering === undefined) throw unknownOperator(node.op, node.name);
    return lowering(
      node,
      node.inputs.map((name) => this.#values.get(name)!),
      this.#builder,
    );
  }

  #weight(name: string): Weight {
    const weight = this.weights.get(name);
    if (weight === undefined) throw new ModelError(`The model has no weight ${name}`);
    return weight;
  }
}
