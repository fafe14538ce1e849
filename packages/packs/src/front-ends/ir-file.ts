import { DOMParser, onErrorStopParsing, type Element } from '@xmldom/xmldom';
import { halves, singles } from '../constants';
import { floats, sizeOf, type FloatConstant } from '../graph';
import { ModelError } from '../model-error';

/** One output of a layer. */
export interface IrPort {
  readonly id: string;
  readonly dims: readonly number[];
  readonly precision: string;
  /** Of the tensor, where the file gives it one. */
  readonly name: string | undefined;
}

export interface IrLayer {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** FP16 or FP32 of the numbers beside an older file's layer. */
  readonly precision: string;
  /** The attributes of its `data`. */
  readonly data: Readonly<Record<string, string>>;
  /** Ports in order, with what is joined to them: a layer's id and one of its ports. */
  readonly inputs: readonly { readonly layer: string; readonly port: string }[];
  readonly outputs: readonly IrPort[];
  /** Where an older file's numbers lie, by what they are. */
  readonly blobs: Readonly<Record<string, { readonly offset: number; readonly size: number }>>;
}

export interface IrFile {
  readonly version: number;
  readonly layers: readonly IrLayer[];
}

const children = (element: Element | undefined, name: string): Element[] =>
  element === undefined
    ? []
    : [...element.childNodes].filter((node): node is Element => node.nodeType === 1 && node.nodeName === name);

const attributes = (element: Element | undefined): Record<string, string> =>
  Object.fromEntries([...(element?.attributes ?? [])].map(({ name, value }) => [name, value]));

/** @throws ModelError when the text is no XML, or the XML no network. */
export function readIrFile(name: string, bytes: Uint8Array): IrFile {
  const net = parse(name, Buffer.from(bytes).toString('utf8'));
  const edges = new Map<string, { layer: string; port: string }>();
  for (const edge of children(children(net, 'edges')[0], 'edge')) {
    const { 'from-layer': layer, 'from-port': port, 'to-layer': to, 'to-port': at } = attributes(edge);
    edges.set(`${to}:${at}`, { layer: layer ?? '', port: port ?? '' });
  }
  const layers = children(children(net, 'layers')[0], 'layer').map((layer) => readLayer(layer, edges));
  return { version: Number(net.getAttribute('version')), layers };
}

function parse(name: string, text: string): Element {
  let root: Element | null;
  try {
    root = new DOMParser({ onError: onErrorStopParsing }).parseFromString(text, 'text/xml').documentElement;
  } catch (error) {
    throw new ModelError(`${name} is no XML: ${(error as Error).message.split('\n', 1)[0]}`);
  }
  if (root?.nodeName !== 'net') throw new ModelError(`${name} is no network of OpenVINO`);
  return root;
}

function readLayer(element: Element, edges: ReadonlyMap<string, { layer: string; port: string }>): IrLayer {
  const { id = '', name = '', type = '', precision = 'FP32' } = attributes(element);
  const inputs = children(children(element, 'input')[0], 'port').map((port) => {
    const from = edges.get(`${id}:${port.getAttribute('id')}`);
    if (from === undefined) throw new ModelError(`An input of ${type} at ${name} is joined to nothing`);
    return from;
  });
  const outputs = children(children(element, 'output')[0], 'port').map((port) => ({
    id: port.getAttribute('id') ?? '',
    dims: children(port, 'dim').map((dim) => Number(dim.textContent)),
    precision: port.getAttribute('precision') ?? precision,
    name: port.getAttribute('names')?.split(',', 1)[0] || undefined,
  }));
  const blobs = [...(children(element, 'blobs')[0]?.childNodes ?? [])].filter(
    (node): node is Element => node.nodeType === 1,
  );
  return {
    id,
    name,
    type,
    precision,
    data: attributes(children(element, 'data')[0]),
    inputs,
    outputs,
    blobs: Object.fromEntries(
      blobs.map((blob) => [
        blob.nodeName,
        { offset: Number(blob.getAttribute('offset')), size: Number(blob.getAttribute('size')) },
      ]),
    ),
  };
}

const WIDTHS: Readonly<Record<string, number>> = { FP32: 4, F32: 4, FP16: 2, F16: 2, I64: 8, I32: 4 };

/** The file of weights: numbers by where they lie. */
export class IrWeights {
  constructor(private readonly bytes: Uint8Array) {}

  /**
   * @param dims undefined for one row of as many as there are.
   * @throws ModelError when they lie outside the file, are not as many as the shape takes, or are of a type not known.
   */
  read(
    at: { offset: number; size: number },
    type: string,
    dims: readonly number[] | undefined,
    place: string,
  ): FloatConstant {
    const kind = type.toUpperCase();
    const width = WIDTHS[kind];
    if (width === undefined) throw new ModelError(`The numbers of ${place} are of a type not known: ${type}`);
    const { offset, size } = at;
    if (!(offset >= 0) || !(size >= 0) || offset + size > this.bytes.length) {
      throw new ModelError(`The file of weights is cut short at ${place}`);
    }
    const shape = dims ?? [size / width];
    if (sizeOf(shape) * width !== size) throw new ModelError(`The numbers of ${place} do not fit its shape`);
    return floats(shape, decode(this.bytes.subarray(offset, offset + size), kind));
  }
}

function decode(bytes: Uint8Array, kind: string): Float32Array {
  if (kind === 'FP16' || kind === 'F16') return halves(bytes);
  if (kind === 'FP32' || kind === 'F32') return singles(bytes);
  const { buffer } = Uint8Array.from(bytes);
  return kind === 'I32'
    ? Float32Array.from(new Int32Array(buffer))
    : Float32Array.from(new BigInt64Array(buffer), Number);
}
