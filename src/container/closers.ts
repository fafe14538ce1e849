/** What has been opened, closed in reverse; one that fails does not keep the others open. */
export class Closers {
  private readonly stack: { readonly name: string; readonly close: () => Promise<unknown> | unknown }[] = [];

  constructor(
    private readonly onError: (error: unknown, name: string) => void,
    private readonly stopping: AbortSignal,
  ) {}

  /** @throws the reason of `stopping` once that is aborted: whoever opens one thing after the other goes no further. */
  add(name: string, close: () => Promise<unknown> | unknown): void {
    this.stack.push({ name, close });
    this.stopping.throwIfAborted();
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
