import { ChannelsLastBuilder, type Value } from '../channels-last';
import { floats, type Graph } from '../graph';
import { ModelError, unknownOperator } from '../model-error';
import type { CompileOptions, ModelFile } from './front-end';
import { readTfliteFile, type TfliteModel, type TfliteOperator } from './tflite-file';
import { TFLITE_LOWERINGS } from './tflite-operators';

/** TensorFlow Lite models of one file, their weights in 32 bits or in 16 bits behind DEQUANTIZE. */
export function readTflite(files: readonly ModelFile[], options: CompileOptions): Graph {
  const [file] = files;
  if (file === undefined || files.length > 1) throw new ModelError('A TensorFlow Lite model is one file');
  return new Lowering(readTfliteFile(file.bytes), options).run();
}

/** Operators come in the order of running. */
class Lowering {
  readonly #builder = new ChannelsLastBuilder();
  readonly #values = new Map<number, Value>();

  constructor(
    private readonly model: TfliteModel,
    private readonly options: CompileOptions,
  ) {}

  run(): Graph {
    const { inputs, outputs, operators, tensors } = this.model;
    this.#builder.reserve([...inputs, ...outputs].map((i) => tensors[i]!.name));
    for (const i of inputs) this.#values.set(i, this.#input(i));
    for (const operator of operators) this.#lower(operator);
    for (const i of outputs) this.#builder.output(tensors[i]!.name, this.#value(i, 'the output'));
    return this.#builder.graph;
  }

  #input(i: number): Value {
    const { name, dims, signature, type } = this.model.tensors[i]!;
    if (type !== 'float32') throw new ModelError(`The input ${name} is not of 32-bit floats`);
    const { freeSize, inputLayout } = this.options;
    const sizes = dims.map((size, at) => ({
      size,
      free: at === 0 || signature[at] === -1 || (freeSize === true && dims.length === 4 && at < 3),
    }));
    return this.#builder.input(name, sizes, inputLayout === 'NCHW');
  }

  #lower(operator: TfliteOperator): void {
    const lowering = TFLITE_LOWERINGS[operator.op];
    const [output] = operator.outputs;
    if (lowering === undefined || output === undefined || operator.outputs.length > 1) {
      throw unknownOperator(operator.op, operator.place);
    }
    const inputs = operator.inputs.map((i) => (i < 0 ? undefined : this.#value(i, operator.place)));
    const value = lowering(operator, inputs, this.#builder);
    this.#check(operator, output, value);
    this.#values.set(output, value);
  }

  /** What was made must be of the size that the file says. */
  #check({ op, place }: TfliteOperator, output: number, { dims }: Value): void {
    const wanted = this.model.tensors[output]!.dims;
    if (wanted.length !== dims.length || wanted.some((size, i) => size !== dims[i]!.size)) {
      const made = dims.map(({ size }) => size).join(' x ');
      throw new ModelError(`${op} at ${place} makes ${made}, and the file says ${wanted.join(' x ')}`);
    }
  }

  #value(i: number, place: string): Value {
    const known = this.#values.get(i);
    if (known !== undefined) return known;
    const { name, dims, data } = this.model.tensors[i]!;
    if (data === undefined)
      throw new ModelError(`${name}, which ${place} reads, is made by nothing or of a type not known`);
    const value = this.#builder.constant(name, floats(dims, data));
    this.#values.set(i, value);
    return value;
  }
}
