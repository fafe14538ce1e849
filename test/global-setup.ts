import { startTestServer } from './fixtures/test-server';

/** One database server a run, started by the first test file that asks. */
export default async function globalSetup(): Promise<void> {
  const server = await startTestServer(process.env.DATABASE_URL);
  process.env.LIKENESS_TEST_SERVER = server.address;
  (globalThis as { likenessTestServer?: typeof server }).likenessTestServer = server;
}
