import type { FloatConstant } from '../graph';
import { ModelError } from '../model-error';
import type { KerasLayer, KerasNet } from './architecture';
import type { Hdf5File } from './hdf5';

/** Where a layer is: from the outside inwards, each net and the layer of it that comes next; itself last. */
export type LayerPath = readonly { readonly net: KerasNet; readonly layer: KerasLayer }[];

export const placeOf = (path: LayerPath): string => path.map(({ layer }) => layer.name).join('/');

/** Reads the numbers of layers. */
export interface KerasWeights {
  /**
   * @param names what Keras calls the layer's numbers, in its order.
   * @throws ModelError naming the layer when the file has others.
   */
  read(path: LayerPath, names: readonly string[]): FloatConstant[];
}

/** @returns the reader for the way that the file keeps its weights: Keras 2's, which Keras 3 writes into `.h5`, or Keras 3's own. */
export function openWeights(file: Hdf5File): KerasWeights {
  const root = file.keys('').includes('model_weights') ? 'model_weights' : '';
  if (file.texts(root, 'layer_names') !== undefined || file.texts(root, 'layer_names0') !== undefined) {
    return new NamedWeights(file, root);
  }
  if (file.keys('').includes('layers') || file.keys('').includes('_layer_checkpoint_dependencies')) {
    return new NumberedWeights(file);
  }
  throw new ModelError(`${file.name} holds no weights of a Keras model`);
}

interface NamedEntry {
  readonly owner: string;
  readonly base: string;
  readonly path: string;
}

/** A group for each outer layer, whose attribute lists its weights by names such as `conv1/kernel:0`. */
class NamedWeights implements KerasWeights {
  readonly #groups = new Map<string, readonly NamedEntry[]>();

  constructor(
    private readonly file: Hdf5File,
    private readonly root: string,
  ) {}

  read(path: LayerPath, names: readonly string[]): FloatConstant[] {
    if (names.length === 0) return [];
    const { layer } = path.at(-1)!;
    const all = this.#entries(path[0]!.layer.name);
    const own = path.length === 1 ? all : all.filter(({ owner }) => owner === layer.name);
    const byName = names.map((name) => own.find(({ base }) => base === name));
    // Files of the first versions number the names; the order has stayed.
    const found = byName.every((entry) => entry !== undefined) ? byName : own.length === names.length ? own : undefined;
    if (found === undefined)
      throw missing(
        this.file.name,
        path,
        names,
        own.map(({ base }) => base),
      );
    return found.map((entry) => this.file.numbers(entry.path));
  }

  #entries(outer: string): readonly NamedEntry[] {
    let entries = this.#groups.get(outer);
    if (entries === undefined) {
      const group = this.root === '' ? outer : `${this.root}/${outer}`;
      entries = this.#names(group).map((name) => {
        const parts = name.replace(/:\d+$/, '').split('/');
        return { owner: parts.at(-2) ?? '', base: parts.at(-1)!, path: `${group}/${name}` };
      });
      this.#groups.set(outer, entries);
    }
    return entries;
  }

  /** A list too long for one attribute goes on in numbered ones. */
  #names(group: string): string[] {
    const whole = this.file.texts(group, 'weight_names');
    if (whole !== undefined) return whole;
    const names: string[] = [];
    for (let i = 0; ; i++) {
      const part = this.file.texts(group, `weight_names${i}`);
      if (part === undefined) return names;
      names.push(...part);
    }
  }
}

/** Groups within groups as the nets are, each layer's numbers counted from 0 in `vars`. */
class NumberedWeights implements KerasWeights {
  /** Name of the group of each layer of a net, by the net's own group. */
  readonly #names = new Map<string, ReadonlyMap<string, string>>();

  constructor(private readonly file: Hdf5File) {}

  read(path: LayerPath, names: readonly string[]): FloatConstant[] {
    if (names.length === 0) return [];
    let group = '';
    for (const { net, layer } of path) group = this.#groupOf(group, layer, net.layers);
    const vars = `${group}/vars`;
    const found = this.file.keys(vars).length;
    if (found < names.length) throw missing(this.file.name, path, names, this.file.keys(vars));
    return names.map((_, i) => this.file.numbers(`${vars}/${i}`));
  }

  /** Newer files say the layer's name; in others the group is told by the layer's class and count. */
  #groupOf(parent: string, layer: KerasLayer, siblings: readonly KerasLayer[]): string {
    const layers = `${parent === '' ? '' : `${parent}/`}layers`;
    let names = this.#names.get(layers);
    if (names === undefined) {
      names = new Map(
        this.file.keys(layers).map((key) => [this.file.texts(`${layers}/${key}/vars`, 'name')?.[0] ?? '', key]),
      );
      this.#names.set(layers, names);
    }
    return `${layers}/${names.get(layer.name) ?? countedName(layer, siblings)}`;
  }
}

/** How Keras 3 names a layer among its siblings: by its class, and by how many of that class came before. */
export function countedName(layer: KerasLayer, siblings: readonly KerasLayer[]): string {
  const same = siblings.filter(({ className }) => className === layer.className);
  const at = same.findIndex(({ name }) => name === layer.name);
  const base = snakeCase(layer.className);
  return at <= 0 ? base : `${base}_${at}`;
}

export const snakeCase = (className: string): string =>
  className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

const missing = (file: string, path: LayerPath, names: readonly string[], found: readonly string[]): ModelError =>
  new ModelError(
    `${file} lacks weights of the layer ${placeOf(path)} (${path.at(-1)!.layer.className}): it needs ${names.join(', ')} and has ${found.join(', ') || 'none'}`,
  );
