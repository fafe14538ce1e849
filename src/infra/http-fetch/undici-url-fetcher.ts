import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, request, type Dispatcher } from 'undici';
import { DomainError } from '../../domain/errors';
import { assertSupportedImage, type SupportedImageMime } from '../../domain/image-format';
import { MAX_URL_LENGTH, parseImageUrl } from '../../domain/image-url';
import { SharedGate } from '../../domain/weighted-gate';
import type { UrlFetcher, UrlFetchOptions } from '../../ports/url-fetcher';
import { AddressGuard } from './address-guard';

const MAX_REDIRECTS = 3;
const DEFAULT_TIMEOUT_MS = 20_000;
/** Requests at one time, to one host and to all. One party has half of either at most. */
const MAX_PER_HOST = 8;
const MAX_REQUESTS = 64;
const RETRY_AFTER_MS = 5_000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** One sentence for all that has to do with where a name leads, so that it tells nothing about names inside our network. */
const NOT_PUBLIC =
  'The host of this url does not lead to a public address. Check its spelling, and that it can be reached from the internet.';

/** Every address of a host name. */
export type ResolveHost = (hostname: string) => Promise<readonly string[]>;

export interface UndiciUrlFetcherOptions {
  /** Ranges that may be reached although they are not public, over plain http too. */
  readonly allowCidrs: readonly string[];
  /** For the whole fetch, redirects included. @default 20000 */
  readonly timeoutMs?: number;
  /** @default the system's resolver */
  readonly resolveHost?: ResolveHost;
}

const resolveBySystem: ResolveHost = async (hostname) =>
  (await lookup(hostname, { all: true })).map((found) => found.address);

/**
 * Resolves a host once, checks every address, and connects to exactly those: what the name leads to a moment later does
 * not matter. Nothing is followed, decoded or cached on the way.
 */
export class UndiciUrlFetcher implements UrlFetcher {
  private readonly guard: AddressGuard;
  private readonly resolveHost: ResolveHost;
  private readonly requests = new SharedGate(MAX_REQUESTS);
  private readonly hosts = new Map<string, SharedGate>();

  /** @throws Error when a range of `allowCidrs` is none. */
  constructor(private readonly options: UndiciUrlFetcherOptions) {
    this.guard = new AddressGuard(options.allowCidrs);
    this.resolveHost = options.resolveHost ?? resolveBySystem;
  }

  async fetch(url: string, options: UrlFetchOptions): Promise<{ bytes: Uint8Array; mime: SupportedImageMime }> {
    const timeoutMs = this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const { signal, party, maxBytes } = options;
    /** Runs from when the first request begins, over all that follow. */
    let deadline: AbortSignal | undefined;
    try {
      let target = parseTarget(url);
      for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
        const patience = withSignal(signal, deadline ?? AbortSignal.timeout(timeoutMs));
        const answer = await this.inTurn(target, party, patience, () => {
          deadline ??= AbortSignal.timeout(timeoutMs);
          return this.ask(target, maxBytes, withSignal(signal, deadline));
        });
        if (answer instanceof Uint8Array) return { bytes: answer, mime: assertSupportedImage(answer) };
        target = parseTarget(answer.location, target);
      }
      throw refused(`The url redirects more than ${MAX_REDIRECTS} times. Send the address of the image itself.`);
    } catch (error) {
      signal?.throwIfAborted();
      throw deadline?.aborted === true && !(error instanceof DomainError)
        ? refused('The url did not answer in time. Try again, or send the image itself.', { retryable: true })
        : publicRefusalOf(error);
    }
  }

  /**
   * One request in its turn. No host gets more at once than it can bear, however many tenants name it, and no tenant has all
   * of them: what holds a host's place may still wait for one of the tenant's own. A redirect is a request of its own, so
   * that nothing is held at the host that gave it.
   *
   * @throws DomainError RATE_LIMITED when `signal` comes first.
   */
  private async inTurn<T>(target: URL, party: string, signal: AbortSignal, request: () => Promise<T>): Promise<T> {
    const host = this.hosts.get(target.host) ?? new SharedGate(MAX_PER_HOST);
    this.hosts.set(target.host, host);
    let hasBegun = false;
    const begin = (): Promise<T> => {
      hasBegun = true;
      return request();
    };
    try {
      return await host.run(party, 1, () => this.requests.run(party, 1, begin, signal), signal);
    } catch (error) {
      throw hasBegun ? error : tooMany();
    } finally {
      if (host.idle) this.hosts.delete(target.host);
    }
  }

  private async ask(target: URL, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | { location: string }> {
    const addresses = await this.addressesOf(target, signal);
    const agent = new Agent({ connect: { lookup: pinnedTo(addresses) } });
    try {
      const response = await request(target, {
        dispatcher: agent,
        signal,
        headers: {
          accept: 'image/jpeg, image/png, image/webp',
          'accept-encoding': 'identity',
          'user-agent': 'Likeness',
        },
      });
      const { statusCode, headers } = response;
      if (REDIRECTS.has(statusCode) && typeof headers.location === 'string') return { location: headers.location };
      if (statusCode < 200 || statusCode > 299) {
        throw refused(`The url answered with status ${statusCode} instead of an image.`, {
          retryable: statusCode >= 500 || statusCode === 429,
          details: { status: statusCode },
        });
      }
      return await readCapped(response, maxBytes);
    } finally {
      await agent.destroy();
    }
  }

  /** @throws DomainError URL_REFUSED unless every address of the host may be reached. */
  private async addressesOf(target: URL, signal: AbortSignal): Promise<readonly string[]> {
    const hostname = target.hostname.replace(/^\[|\]$/g, '');
    // A literal address is connected to without any look-up. URL has brought its every spelling into the usual one.
    const addresses = isIP(hostname) ? [hostname] : await this.resolve(hostname, signal);
    const classes = new Set(addresses.map((address) => this.guard.classify(address)));
    if (classes.size === 0 || classes.has('REFUSED')) throw refused(NOT_PUBLIC);
    if (target.protocol !== 'https:' && classes.has('PUBLIC')) {
      throw refused('Only https urls are fetched. Use the https address of the image.');
    }
    return addresses;
  }

  private async resolve(hostname: string, signal: AbortSignal): Promise<readonly string[]> {
    try {
      return await untilAborted(this.resolveHost(hostname), signal);
    } catch (error) {
      signal.throwIfAborted();
      const retryable = (error as NodeJS.ErrnoException).code === 'EAI_AGAIN';
      throw refused(NOT_PUBLIC, { retryable, cause: error });
    }
  }
}

/** The waiting or the work ends with either. */
function withSignal(given: AbortSignal | undefined, own: AbortSignal): AbortSignal {
  return given ? AbortSignal.any([given, own]) : own;
}

function tooMany(): DomainError {
  return new DomainError('RATE_LIMITED', 'Too many images wait for the host of this url. Send it again in a while.', {
    details: { retryAfterMs: RETRY_AFTER_MS },
  });
}

function refused(message: string, options: ConstructorParameters<typeof DomainError>[2] = {}): DomainError {
  return new DomainError('URL_REFUSED', message, options);
}

/** A failed connection without what it says of addresses and ports. */
function publicRefusalOf(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  if (/CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(String((error as NodeJS.ErrnoException).code))) {
    return refused('The host of this url has no valid certificate, so nothing is fetched from it.', { cause: error });
  }
  return refused('The url could not be read: the connection failed. Try again, or send the image itself.', {
    retryable: true,
    cause: error,
  });
}

function parseTarget(text: string, base?: URL): URL {
  const url = parseImageUrl(text, base);
  if (!url) {
    throw refused(`This is not a url of at most ${MAX_URL_LENGTH} characters. Send a whole one: https://host/path.`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refused('Only https urls are fetched. Use the https address of the image.');
  }
  if (url.username !== '' || url.password !== '') {
    throw refused('A url with a user name or a password in it is not fetched. Leave them out.');
  }
  return url;
}

/** Whatever name is asked for, these addresses are the answer. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const records = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, callback) => {
    if (options.all) callback(null, records);
    else callback(null, records[0]!.address, records[0]!.family);
  };
}

async function readCapped(response: Dispatcher.ResponseData, maxBytes: number): Promise<Uint8Array> {
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function tooLarge(maxBytes: number): DomainError {
  return new DomainError(
    'IMAGE_TOO_LARGE',
    `The image at this url is larger than ${Math.floor(maxBytes / 1_048_576)} MB. Use the address of a smaller one.`,
    { details: { maxBytes } },
  );
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
