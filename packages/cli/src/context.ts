import { createClient, type LikenessClient } from '@likeness/client';
import { CommandError, EXIT } from './exit-codes.ts';
import { Output, type Streams } from './output.ts';
import { LoginFile, type Environment, type Login } from './settings.ts';

/** Options of every command. */
export interface CommonOptions {
  readonly profile: string;
  readonly json?: boolean;
}

export interface Surroundings extends Streams {
  readonly environment: Environment;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** What a command is given: where it speaks to, and how it speaks. */
export class Context {
  readonly out: Output;
  readonly logins: LoginFile;
  /** Where the file of logins does not say: LIKENESS_URL and LIKENESS_KEY. */
  private client: LikenessClient | undefined;

  constructor(
    readonly surroundings: Surroundings,
    readonly options: CommonOptions,
  ) {
    this.out = new Output(surroundings, options.json ?? false);
    this.logins = new LoginFile(surroundings.environment);
  }

  get signal(): AbortSignal {
    return this.surroundings.signal;
  }

  /** LIKENESS_URL and LIKENESS_KEY go before the profile's. @throws CommandError when there is neither. */
  get login(): Login {
    const { environment } = this.surroundings;
    const stored = this.logins.read(this.options.profile);
    const url = environment['LIKENESS_URL'] || stored?.url;
    const apiKey = environment['LIKENESS_KEY'] || stored?.apiKey;
    if (url && apiKey) return { url, apiKey };
    throw new CommandError('You are not logged in. Run: likeness login', EXIT.USAGE);
  }

  get likeness(): LikenessClient {
    this.client ??= connect(this.login);
    return this.client;
  }

  async close(): Promise<void> {
    await this.client?.close();
  }
}

/** @throws CommandError when the address is none. */
export function connect({ url, apiKey }: Login): LikenessClient {
  try {
    return createClient({ url, apiKey });
  } catch {
    throw new CommandError(`${url} is no address. It looks like http://127.0.0.1:4000`, EXIT.USAGE);
  }
}
