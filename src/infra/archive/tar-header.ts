export const BLOCK = 512;

/** What one entry's header says. */
export interface TarHeader {
  /** With `/`, relative. */
  readonly name: string;
  readonly isFolder: boolean;
  /** Bytes of its content; 0 of a folder. */
  readonly size: number;
}

/** Where a field of the header is, and how long. */
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
  prefix: [345, 155],
} as const;
const [FILE, FOLDER] = ['0', '5'];
const MAGIC = 'ustar\x0000';
/** Eleven octal digits. */
const MAX_SIZE = 8 ** 11 - 1;

/** Bytes up to the next whole block. */
export const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

/**
 * The header of an entry as POSIX has it (ustar): readable by the owner alone, of nobody's, without a time.
 * @throws Error when the name or the size does not fit.
 */
export function tarHeader({ name, isFolder, size }: TarHeader): Buffer {
  const block = Buffer.alloc(BLOCK);
  const put = (field: keyof typeof FIELDS, text: string): void => {
    block.write(text, FIELDS[field][0], FIELDS[field][1], 'utf8');
  };
  const octal = (field: keyof typeof FIELDS, value: number): void =>
    put(field, value.toString(8).padStart(FIELDS[field][1] - 1, '0'));
  if (size > MAX_SIZE) throw new Error(`${name} is too large for an archive`);
  const [prefix, rest] = split(isFolder ? `${name}/` : name);
  put('name', rest);
  put('prefix', prefix);
  octal('mode', isFolder ? 0o700 : 0o600);
  octal('uid', 0);
  octal('gid', 0);
  octal('size', size);
  octal('mtime', 0);
  put('type', isFolder ? FOLDER : FILE);
  put('magic', MAGIC);
  put('checksum', `${checksumOf(block).toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** @returns null for the empty block that ends an archive; undefined where this is no header. */
export function readTarHeader(block: Buffer): TarHeader | null | undefined {
  if (block.every((byte) => byte === 0)) return null;
  const text = (field: keyof typeof FIELDS): string => {
    const [from, length] = FIELDS[field];
    return block
      .subarray(from, from + length)
      .toString('utf8')
      .replace(/\0[\s\S]*$/, '');
  };
  const checksum = Number.parseInt(text('checksum'), 8);
  const type = text('type');
  if (text('magic') !== 'ustar' || checksum !== checksumOf(block) || ![FILE, FOLDER].includes(type)) return undefined;
  const prefix = text('prefix');
  const name = (prefix === '' ? '' : `${prefix}/`) + text('name');
  return { name: name.replace(/\/$/, ''), isFolder: type === FOLDER, size: Number.parseInt(text('size'), 8) };
}

/** Of all bytes, its own taken for spaces. */
function checksumOf(block: Buffer): number {
  const [from, length] = FIELDS.checksum;
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) sum += at >= from && at < from + length ? 32 : block[at]!;
  return sum;
}

/** A name that is too long for its field is parted where a folder ends. */
function split(name: string): [prefix: string, rest: string] {
  const [, longest] = FIELDS.name;
  if (Buffer.byteLength(name) <= longest) return ['', name];
  for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) {
    const [prefix, rest] = [name.slice(0, at), name.slice(at + 1)];
    if (rest !== '' && Buffer.byteLength(rest) <= longest && Buffer.byteLength(prefix) <= FIELDS.prefix[1]) {
      return [prefix, rest];
    }
  }
  throw new Error(`${name} is too long for an archive`);
}
