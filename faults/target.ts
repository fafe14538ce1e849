import { Child, type Command } from './child';
import type { TcpProxy } from './tcp-proxy';

/** What a fault can strike. */
export interface Target {
  readonly name: string;
  /** The way to it, where the product reaches it by one. */
  readonly proxy?: TcpProxy;
  /** As `kill -9`. */
  kill(): Promise<void>;
  /** As an operator stops it. */
  stop(): Promise<void>;
  /** Settles when it serves. */
  start(): Promise<void>;
  /** It stands still, and does not know. */
  pause?(): void;
  resume?(): void;
  /** It is killed, and comes back with nothing of what it had. */
  lose?(): Promise<void>;
}

export interface ProcessTargetOptions {
  readonly name: string;
  readonly command: Command;
  readonly serves: () => Promise<boolean>;
  readonly proxy?: TcpProxy;
  /** Removes what it keeps on its disk, where a loss is to be tried. */
  readonly forget?: () => Promise<void>;
}

/** A server, or a process of the product. */
export class ProcessTarget implements Target {
  readonly name: string;
  readonly proxy?: TcpProxy;
  readonly lose?: () => Promise<void>;
  private child: Child | undefined;

  constructor(private readonly options: ProcessTargetOptions) {
    this.name = options.name;
    this.proxy = options.proxy;
    const { forget } = options;
    if (forget) this.lose = () => this.kill().then(forget);
  }

  async kill(): Promise<void> {
    await this.child?.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.child?.end('SIGTERM');
  }

  async start(): Promise<void> {
    this.child = Child.spawn(this.options.command);
    await this.child.until(this.options.serves);
  }

  pause(): void {
    this.child?.signal('SIGSTOP');
  }

  resume(): void {
    this.child?.signal('SIGCONT');
  }
}
