import { ModelError } from '../model-error';

/** A node as `model.json` has it: TensorFlow's NodeDef in protobuf's JSON form. */
export interface JsonNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, JsonAttribute>>;
}

type JsonText = string | readonly number[];

interface JsonAttribute {
  readonly s?: JsonText;
  readonly i?: string | number;
  readonly f?: number;
  readonly b?: boolean;
  readonly shape?: { readonly dim?: readonly { readonly size?: string | number }[] };
  readonly list?: { readonly i?: readonly (string | number)[]; readonly s?: readonly JsonText[] };
}

/** Texts are base64, or the numbers of their letters. */
const text = (value: JsonText): string =>
  typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : String.fromCharCode(...value);

/** Typed access to a node's attributes. */
export class TfjsNode {
  readonly name: string;
  readonly op: string;
  /** Names of the nodes that it reads. */
  readonly inputs: readonly string[];
  readonly #attributes: Readonly<Record<string, JsonAttribute>>;

  constructor(node: JsonNode) {
    this.name = node.name;
    this.op = node.op;
    // A caret marks what has only to run before.
    this.inputs = (node.input ?? []).filter((input) => !input.startsWith('^')).map((input) => input.replace(/:0$/, ''));
    this.#attributes = node.attr ?? {};
  }

  /** Of a placeholder; -1 for a size that is not said. @throws ModelError when it has no shape. */
  shape(): number[] {
    const dim = this.#attributes.shape?.shape?.dim;
    if (dim === undefined) throw new ModelError(`The input ${this.name} does not say its shape`);
    return dim.map(({ size }) => Number(size ?? -1));
  }

  text(attribute: string): string | undefined {
    const value = this.#attributes[attribute]?.s;
    return value === undefined ? undefined : text(value);
  }

  texts(attribute: string): string[] {
    return (this.#attributes[attribute]?.list?.s ?? []).map(text);
  }

  ints(attribute: string): number[] {
    return (this.#attributes[attribute]?.list?.i ?? []).map(Number);
  }

  int(attribute: string): number | undefined {
    const value = this.#attributes[attribute]?.i;
    return value === undefined ? undefined : Number(value);
  }

  float(attribute: string): number | undefined {
    return this.#attributes[attribute]?.f;
  }

  flag(attribute: string): boolean {
    return this.#attributes[attribute]?.b === true;
  }
}
