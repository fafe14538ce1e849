import type { Graph } from '../graph';
import { ModelError, unknownOperator } from '../model-error';
import type { CompileOptions, ModelFile } from './front-end';
import { IrWeights, readIrFile, type IrFile, type IrLayer } from './ir-file';
import { IR_LAYERS } from './ir-layers';
import { inputDims, IrTools, ints, outputDims, type IrLower, type IrValue } from './ir-lowering';
import { IR_OPERATORS } from './ir-operators';

/** Versions whose numbers lie beside the layers, and those that have layers of numbers. */
const LAYERS_OF: Readonly<Record<number, Readonly<Record<string, IrLower>>>> = {
  6: IR_LAYERS,
  10: IR_OPERATORS,
  11: IR_OPERATORS,
};

/** OpenVINO's intermediate representation: the `.xml`, then the `.bin`. Numbers of 16 bits are widened. */
export function readOpenvinoIr(files: readonly ModelFile[], options: CompileOptions): Graph {
  const [xml, bin] = files;
  if (xml === undefined || bin === undefined || files.length > 2) {
    throw new ModelError('A network of OpenVINO is two files, the .xml and the .bin');
  }
  const file = readIrFile(xml.name, xml.bytes);
  const known = LAYERS_OF[file.version];
  if (known === undefined) {
    throw new ModelError(
      `${xml.name} is of version ${file.version}; the model compiler knows ${Object.keys(LAYERS_OF).join(', ')}`,
    );
  }
  return new Lowering(file, known, new IrTools(new IrWeights(bin.bytes), options.freeSize === true)).run();
}

class Lowering {
  /** First outputs, by layer. */
  readonly #values = new Map<string, IrValue>();
  readonly #layers: ReadonlyMap<string, IrLayer>;

  constructor(
    private readonly file: IrFile,
    private readonly known: Readonly<Record<string, IrLower>>,
    private readonly tools: IrTools,
  ) {
    this.#layers = new Map(file.layers.map((layer) => [layer.id, layer]));
  }

  run(): Graph {
    const { layers } = this.file;
    const inputs = layers.filter(({ type }) => type === 'Parameter' || type === 'Input');
    const outputs = this.#outputs();
    this.tools.builder.reserve([...inputs.map(tensorName), ...outputs.map(({ name }) => name)]);
    for (const layer of inputs) this.#input(layer);
    for (const layer of inOrder(layers)) if (!inputs.includes(layer) && layer.type !== 'Result') this.#lower(layer);
    for (const { name, from } of outputs) this.#output(name, from);
    return this.tools.builder.graph;
  }

  /** What results read; in older files, what no layer reads. Named after the tensor, else after the layer. */
  #outputs(): { name: string; from: { layer: string; port: string } }[] {
    const { layers } = this.file;
    const results = layers.filter(({ type }) => type === 'Result').map(({ inputs }) => inputs[0]!);
    const read = new Set(layers.flatMap(({ inputs }) => inputs.map(({ layer }) => layer)));
    const unread = layers.filter(({ id, outputs }) => !read.has(id) && outputs.length > 0);
    const ends = results.length > 0 ? results : unread.map(({ id, outputs }) => ({ layer: id, port: outputs[0]!.id }));
    return ends.map((from) => {
      const layer = this.#layers.get(from.layer);
      if (layer === undefined) throw new ModelError('An output is joined to no layer');
      return { name: tensorName(layer), from };
    });
  }

  #input(layer: IrLayer): void {
    const dims = layer.outputs[0]?.dims ?? ints(layer.data['shape']);
    const name = tensorName(layer);
    this.tools.builder.input({ name, type: 'FLOAT', dims: inputDims(dims, this.tools.freeSize) });
    this.#values.set(layer.id, { name, dims, isBatched: true });
  }

  #lower(layer: IrLayer): void {
    const lower = layer.type === 'Const' && this.known === IR_OPERATORS ? constant : this.known[layer.type];
    if (lower === undefined) throw unknownOperator(layer.type, layer.name);
    const inputs = layer.inputs.map((from) => this.#value(from, layer));
    const name = lower(layer, inputs, this.tools);
    this.#values.set(layer.id, { name, dims: outputDims(layer), isBatched: inputs.some(({ isBatched }) => isBatched) });
  }

  #value({ layer, port }: { layer: string; port: string }, reader: IrLayer): IrValue {
    const source = this.#layers.get(layer);
    const value = this.#values.get(layer);
    if (source === undefined || value === undefined) {
      throw new ModelError(`${reader.type} at ${reader.name} reads a layer that is not there`);
    }
    if (source.outputs[0]?.id !== port) throw unknownOperator(`${source.type} with several outputs`, source.name);
    return value;
  }

  #output(name: string, from: { layer: string; port: string }): void {
    const layer = this.#layers.get(from.layer)!;
    const value = this.#value(from, layer);
    const [, ...rest] = value.dims;
    const dims = this.tools.freeSize ? undefined : ['batch', ...rest];
    this.tools.builder.output({ name, type: 'FLOAT', ...(dims && { dims }) }, value.name, name);
  }
}

const tensorName = (layer: IrLayer): string => layer.outputs[0]?.name ?? layer.name;

/** A layer of numbers: their type and shape stand in its data, in the first files of version 10 only at its port. */
const constant: IrLower = (layer, _inputs, tools) => {
  const { offset, size, element_type: type } = layer.data;
  const port = layer.outputs[0];
  const at = { offset: Number(offset), size: Number(size) };
  const numbers = tools.weights.read(at, type ?? port?.precision ?? '', port?.dims ?? [], layer.name);
  return tools.constant(layer, 'numbers', numbers);
};

/** Layers so that each comes after those that it reads. @throws ModelError when they read each other in a circle. */
function inOrder(layers: readonly IrLayer[]): IrLayer[] {
  const byId = new Map(layers.map((layer) => [layer.id, layer]));
  const done = new Set<string>();
  const ordered: IrLayer[] = [];
  for (const last of layers) {
    const open = [last];
    while (open.length > 0) {
      const layer = open.at(-1)!;
      const missing = layer.inputs.map((from) => byId.get(from.layer)).find((source) => source && !done.has(source.id));
      if (missing !== undefined && open.length > layers.length) {
        throw new ModelError(`The model's layers read each other in a circle at ${layer.name}`);
      }
      if (missing !== undefined) {
        open.push(missing);
        continue;
      }
      open.pop();
      if (done.has(layer.id)) continue;
      done.add(layer.id);
      ordered.push(layer);
    }
  }
  return ordered;
}
