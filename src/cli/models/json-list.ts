import { open, rename, rm, type FileHandle } from 'node:fs/promises';

/** A JSON array that is written one element after the other, and bears its name when it is whole. */
export class JsonList {
  private isEmpty = true;
  private isOpen = true;

  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
  ) {}

  /** @throws Error where the file cannot be written. */
  static async begin(file: string): Promise<JsonList> {
    return new JsonList(file, await open(partOf(file), 'w'));
  }

  async add(element: object): Promise<void> {
    await this.handle.appendFile(`${this.isEmpty ? '[' : ','}\n${JSON.stringify(element)}`);
    this.isEmpty = false;
  }

  async end(): Promise<void> {
    await this.handle.appendFile(this.isEmpty ? '[]\n' : '\n]\n');
    this.isOpen = false;
    await this.handle.close();
    await rename(partOf(this.file), this.file);
  }

  /** Leaves nothing of a list that was not ended. */
  async discard(): Promise<void> {
    if (!this.isOpen) return;
    await this.handle.close();
    await rm(partOf(this.file), { force: true });
  }
}

const partOf = (file: string): string => `${file}.part`;
