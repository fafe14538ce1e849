/** What has been opened, closed in reverse; one that fails does not keep the others open. */
export class Closers {
  private readonly stack: { readonly name: string; readonly close: () => Promise<unknown> | unknown }[] = [];

  constructor(private readonly onError: (error: unknown, name: string) => void) {}

  add(name: string, close: () => Promise<unknown> | unknown): void {
    this.stack.push({ name, close });
  }

  async closeAll(): Promise<void> {
    for (let one = this.stack.pop(); one; one = this.stack.pop()) {
      try {
        await one.close();
      } catch (error) {
        this.onError(error, one.name);
      }
    }
  }
}
