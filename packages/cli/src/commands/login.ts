import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { LikenessError, ViewerDocument } from '@likeness/client';
import { connect, type Context } from '../context.ts';
import { CommandError, EXIT } from '../exit-codes.ts';

const DEFAULT_URL = 'http://127.0.0.1:4000';

/** Tries the key and keeps it. The key is asked for, so that it stays out of the shell's history. */
export async function login(context: Context, { url }: { url?: string }): Promise<void> {
  const { out, logins, options, surroundings } = context;
  const address = url ?? logins.read(options.profile)?.url ?? DEFAULT_URL;
  const apiKey = await askForKey(surroundings, address);
  const client = connect({ url: address, apiKey });
  const { viewer } = await client.request(ViewerDocument, {}, { signal: context.signal }).catch((error: unknown) => {
    if (error instanceof LikenessError && error.code === 'UNAUTHENTICATED') {
      throw new CommandError(`${address} does not know this key. Copy it whole, or ask for a new one.`);
    }
    throw error;
  });
  logins.write(options.profile, { url: address, apiKey });
  const { keyName, scopes, tenant } = viewer;
  out.answer(
    { url: address, tenant, keyName, scopes },
    () => `Logged in to ${address} as ${keyName} of ${tenant?.name ?? 'the operator'}: ${scopes.join(', ')}`,
  );
}

export async function logout({ out, logins, options }: Context): Promise<void> {
  const removed = logins.remove(options.profile);
  out.answer({ removed }, () => (removed ? 'Logged out: the key is forgotten here.' : 'You were not logged in.'));
}

async function askForKey({ stdin, stderr, signal }: Context['surroundings'], url: string): Promise<string> {
  const key = stdin.isTTY ? await typedKey(stdin, stderr, url, signal) : await text(stdin);
  if (key.trim()) return key.trim();
  throw new CommandError('No key was given. Paste it, or send it: likeness login < key.txt', EXIT.USAGE);
}

/** What is typed is not shown. */
async function typedKey(
  input: NodeJS.ReadableStream,
  stderr: NodeJS.WritableStream,
  url: string,
  signal: AbortSignal,
): Promise<string> {
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output, terminal: true });
  // In a terminal of its own, Ctrl-C and Ctrl-D are the reader's.
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    stderr.write(`API key for ${url} (it is not shown): `);
    return await Promise.race([lines.question('', { signal }), ended]);
  } finally {
    stderr.write('\n');
    lines.close();
  }
}
