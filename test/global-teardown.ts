import type { TestServer } from './fixtures/test-server';

export default async function globalTeardown(): Promise<void> {
  await (globalThis as { likenessTestServer?: TestServer }).likenessTestServer?.stop();
}
