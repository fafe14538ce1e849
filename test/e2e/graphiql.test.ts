import { chromium, type Browser, type Page } from 'playwright-core';
import { TestTenant } from '../factories/tenant';
import { findBrowser } from '../fixtures/browser';
import { ApiClient } from '../fixtures/client';
import { TestPlatform } from '../fixtures/platform';
import { suiteWhere } from '../fixtures/needs';

const executablePath = findBrowser('GraphiQL');

suiteWhere(executablePath !== undefined)('GraphiQL in a browser', () => {
  let platform: TestPlatform;
  let key: string;
  let tenant: TestTenant;
  let browser: Browser;
  let page: Page;
  const hosts = new Set<string>();
  const problems: string[] = [];

  beforeAll(async () => {
    platform = await TestPlatform.start();
    const { createTenant } = await platform.operator.call(
      'mutation { createTenant(input: { name: "Browser" }) { tenant { id } secret } }',
    );
    key = createTenant.secret;
    tenant = new TestTenant(createTenant.tenant.id, new ApiClient(platform.url, key));
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol !== 'data:') hosts.add(host);
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())));
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  test('runs a query and a subscription with the key from its headers', async () => {
    await page.goto(`${platform.url}/graphql`);
    await page.locator('.graphiql-container').waitFor();
    await replaceText('.graphiql-editor-tool', JSON.stringify({ Authorization: `Bearer ${key}` }));
    await page.locator('button.graphiql-execute-button').click();
    await expect(answerWith('"keyName"')).resolves.toContain('"ADMIN"');

    const collectionId = await tenant.createCollection();
    await replaceText(
      '.graphiql-query-editor',
      `# query { no }\nsubscription ($types: [EventType!] = [PERSON_CREATED]) {
        collectionEvents(collectionId: "${collectionId}", types: $types) { type }
      }`,
    );
    await page.locator('button.graphiql-execute-button').click();
    await page.locator('button.graphiql-execute-button[aria-label*="Stop"]').waitFor();
    const answer = answerWith('PERSON_CREATED');
    let isAnswered = false;
    void answer.finally(() => (isAnswered = true)).catch(() => undefined);
    // The button changes before the server has begun the subscription, which hears of what comes from then on.
    while (!isAnswered) {
      await tenant.api.call('mutation ($input: CreatePersonInput!) { createPerson(input: $input) { person { id } } }', {
        input: { collectionId, displayName: 'Ada' },
      });
      await page.waitForTimeout(250);
    }
    expect(await answer).toContain('collectionEvents');
  });

  test('takes nothing from anywhere else, and meets no error', () => {
    expect([...hosts]).toEqual([new URL(platform.url).host]);
    expect(problems).toEqual([]);
  });

  async function replaceText(editor: string, text: string): Promise<void> {
    await page.locator(`${editor} .CodeMirror`).locator('visible=true').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(text);
  }

  /** The text of the result pane, once it contains this. */
  async function answerWith(part: string): Promise<string> {
    const result = page.locator('.result-window');
    await result.filter({ hasText: part }).waitFor();
    return result.innerText();
  }
});
