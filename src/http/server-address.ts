import { isEveryAddress } from './listening';

export interface ServerAddressSettings {
  /** Where clients reach the server, as the settings say; without a slash at the end. */
  readonly publicUrl: string | undefined;
  /** What it listens on. */
  readonly host: string;
}

/** Where clients reach this server. */
export class ServerAddress {
  private listening: string | undefined;

  constructor(private readonly settings: ServerAddressSettings) {}

  listensAt(url: string): void {
    this.listening = url;
  }

  /**
   * @param clientOrigin where the asking client reached it. Of a server that listens on every address of its machine that
   * says which one the client can use.
   * @throws Error before it listens, where nothing says it.
   */
  readonly urlFor = (clientOrigin: string | undefined): string => {
    const { publicUrl, host } = this.settings;
    const url = publicUrl ?? (isEveryAddress(host) ? clientOrigin : undefined) ?? this.listening;
    if (url === undefined) throw new Error('The server does not listen yet');
    return url;
  };
}
