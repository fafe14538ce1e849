import { ConfigError, loadConfig } from '../../src/config';

function refusalOf(env: Record<string, string>): string | undefined {
  try {
    loadConfig(env);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

test.each([
  'https://app.example.com',
  'http://localhost:3000',
  'http://[::1]:8080',
  'https://xn--bcher-kva.example',
  'chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb',
])('%s is an origin', (origin) => {
  expect(loadConfig({ LIKENESS_CORS_ORIGINS: origin }).corsOrigins).toEqual([origin]);
});

test.each([
  '*',
  'null',
  'app.example.com',
  'https://app.example.com/',
  'https://app.example.com/admin',
  'https://app.example.com:443',
  'https://App.example.com',
  'https://user@app.example.com',
  'file://',
])('%s is no origin that a browser sends', (origin) => {
  expect(refusalOf({ LIKENESS_CORS_ORIGINS: `https://a.example,${origin}` })).toMatch(
    /^ {2}LIKENESS_CORS_ORIGINS must .+, not \S+$/m,
  );
});

test.each(['10.1.0.0/16', '127.0.0.0/8', 'fd12::/64', '::ffff:10.0.0.0/104'])('%s is a range', (range) => {
  expect(loadConfig({ LIKENESS_URL_ALLOW_CIDRS: range }).urlAllowCidrs).toEqual([range]);
});

test.each(['10.0.0.1', '10/8', '10.0.0.0/33', 'fd12::/129', 'intranet'])('%s is no range', (range) => {
  expect(refusalOf({ LIKENESS_URL_ALLOW_CIDRS: `10.0.0.0/8,${range}` })).toContain(`, not ${range}`);
});
