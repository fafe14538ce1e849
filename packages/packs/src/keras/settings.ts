import { ModelError } from '../model-error';

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Typed access to the configuration of a layer; whatever is not as it must be is a ModelError that names the layer. */
export class Settings {
  constructor(
    readonly place: string,
    readonly json: Json,
  ) {}

  has(name: string): boolean {
    return this.json[name] !== undefined && this.json[name] !== null;
  }

  number(name: string, otherwise?: number): number {
    const value = this.json[name] ?? otherwise;
    // Keras 2 wrote scalars of numpy as objects now and then.
    const plain = isObject(value) && typeof value['value'] === 'number' ? value['value'] : value;
    if (typeof plain !== 'number' || !Number.isFinite(plain)) throw this.wrong(name);
    return plain;
  }

  /** undefined when it is null or not there. */
  optional(name: string): number | undefined {
    return this.has(name) ? this.number(name) : undefined;
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.json[name] ?? otherwise;
    if (typeof value !== 'boolean') throw this.wrong(name);
    return value;
  }

  text(name: string, otherwise?: string): string {
    const value = this.json[name] ?? otherwise;
    if (typeof value !== 'string') throw this.wrong(name);
    return value;
  }

  numbers(name: string): number[] {
    const value = this.json[name];
    const list = typeof value === 'number' ? [value] : value;
    if (!Array.isArray(list) || !list.every((one) => typeof one === 'number' && Number.isFinite(one))) {
      throw this.wrong(name);
    }
    return list as number[];
  }

  /** Height and width: whole numbers of at least one. A single number stands for both. */
  pair(name: string, otherwise?: readonly [number, number]): readonly [number, number] {
    if (!this.has(name) && otherwise !== undefined) return otherwise;
    const [height, width = height, ...more] = this.numbers(name);
    const isPair = [height, width].every((size) => Number.isInteger(size) && size! > 0) && more.length === 0;
    if (!isPair) throw this.wrong(name);
    return [height!, width!];
  }

  wrong(name: string): ModelError {
    return new ModelError(`The layer ${this.place} has a setting ${name} that is not known: ${brief(this.json[name])}`);
  }
}

const brief = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80);
