// The web console as a person uses it, in Chromium, beside a real `tailrace dev`: a poison record found and run again, records sent, dead
// letters redriven, the runner started anew; and what it refuses, weighs, and says to those who cannot see it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startChromium, whyNoChromium } from '../support/chromium.ts';
import { hasLeftovers, startCli, type RunningCli } from '../support/cli.ts';
import { turnTo, writeConsoleApp, type ConsoleApp } from '../support/console-app.ts';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const maxPageBytes = 250_000;

/** What of axe's result is looked at. */
interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

suite('the web console', { skip: await whyNoChromium(), timeout: 300_000 }, () => {
  let app: ConsoleApp;
  let dev: RunningCli;
  let browser: Browser;
  let page: Page;
  let address: string;
  let poisonCall: string;
  const complaints: string[] = [];

  before(async () => {
    app = await writeConsoleApp('console-test');
    [browser, dev] = await Promise.all([startChromium(), startDev(app)]);
    address = /console: (\S+)/.exec(dev.output())?.[1] ?? '';
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // While the runner is away, the browser says of each request that it was refused.
      if (message.type() === 'error' && !message.text().includes('net::ERR_'))
        complaints.push(message.text());
    });
  });

  after(async () => {
    await browser?.close();
    dev?.child.kill('SIGKILL');
    await app?.remove();
  });

  test('opens with its token, which leaves the address; weighs little', async (t) => {
    let bytes = 0;
    const sizes: Promise<void>[] = [];
    page.on('requestfinished', (request) => {
      const add = async (): Promise<void> => {
        const { responseBodySize } = await request.sizes();
        bytes += responseBodySize;
      };
      if (!request.url().includes('/api/')) sizes.push(add());
    });
    // The first visit builds the page.
    await page.goto(address);
    await page.getByText('live', { exact: true }).waitFor();
    assert.match(address, /#token=[\w-]{22}$/);
    assert.equal(new URL(page.url()).hash, '#/');
    assert.equal(await page.title(), 'Overview · Tailrace (local)');
    await Promise.all(sizes);
    assert.ok(bytes > 10_000 && bytes < maxPageBytes, `${bytes} bytes`);
    await page.reload();
    await page.getByText('live', { exact: true }).waitFor();
    const paintMs = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    );
    t.diagnostic(`${bytes} bytes compressed, first paint after ${Math.round(paintMs ?? NaN)} ms`);
  });

  test('sends a file, finds its poison record in three clicks, shows the bisection, and runs it again as edited', async () => {
    await turnTo(page, 'Send');
    await page.getByLabel('Consumer').selectOption('ledger');
    await page.getByText('To topic ledger').waitFor();
    const lines = Array.from({ length: 8 }, (_, index) =>
      JSON.stringify({
        key: `k${index}`,
        value: { id: index, amount: index === 5 ? 'five' : index },
        partition: 0,
      }),
    );
    await page.getByLabel('File', { exact: true }).setInputFiles({
      name: 'entries.ndjson',
      mimeType: 'text/plain',
      buffer: Buffer.from(lines.join('\n')),
    });
    await page.getByRole('button', { name: 'Send the file' }).click();
    await page.getByText('8 records to ledger').waitFor();

    await turnTo(page, 'Overview');
    const ledger = page.getByRole('region', { name: 'Consumer ledger' });
    await ledger.getByRole('link', { name: '1 dead letter', exact: true }).waitFor({ timeout: 60_000 });
    await ledger.getByRole('link', { name: /failed invocations/ }).click();
    await page.getByRole('link', { name: /^ledger batch/ }).click();
    const tree = page.getByRole('list', { name: 'Retries and bisection' });
    await tree.getByText('half').nth(5).waitFor();
    poisonCall = page.url();
    assert.equal(await tree.getByText('half').count(), 6);
    assert.equal(await tree.getByRole('link', { name: /^half 0@5, call \d: crash/ }).count(), 2);
    await page.getByText('RetryAttemptsExhausted').waitFor();
    await page.getByRole('region', { name: 'Records' }).getByRole('link', { name: '0@5' }).click();

    await page.getByText('ledger-0@5').waitFor({ timeout: 30_000 });
    assert.equal(await page.getByText('"five"').count(), 0, 'a value is shown on request only');
    await page.getByRole('button', { name: 'Show the value' }).click();
    const value = page.getByRole('textbox', { name: 'Value' });
    assert.match(await value.inputValue(), /"amount": "five"/);
    await page.getByRole('button', { name: 'Run again', exact: true }).click();
    const outcome = page.getByRole('region', { name: 'New outcome' });
    await outcome.getByText('failed', { exact: true }).waitFor();
    await value.fill('{"id": 5, "amount": 5}');
    await page.getByRole('button', { name: 'Run again as edited' }).click();
    await outcome.getByText('processed').waitFor();
    await page.getByRole('region', { name: 'First outcome' }).getByText('discarded').waitFor();
  });

  test('produces by the form, and refuses what the definition does not read', async () => {
    await turnTo(page, 'Send');
    await page.getByLabel('Consumer').selectOption('orders');
    await page.getByText('To topic orders').waitFor();
    await page.getByLabel('Key').fill('by-form');
    await page.getByLabel('Value, JSON').fill('{"id": "o-1", "kind": "old"}');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('link', { name: 'See them' }).click();
    await page.getByLabel('Key contains').fill('by-form');
    const row = page.getByRole('row', { name: /by-form/ });
    await row.waitFor({ timeout: 30_000 });
    for (let turn = 0; turn < 20 && !(await row.getByText('dead-lettered').isVisible()); turn++) {
      await page.getByRole('button', { name: 'Search' }).click();
      await page.waitForTimeout(500);
    }
    await row.getByText('OLD_FORMAT').waitFor();

    await turnTo(page, 'Send');
    await page.getByLabel('Value, JSON').fill('{"id": ');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('alert').getByText('not JSON').waitFor();
  });

  test('plans dead letters, and sends them once that is confirmed', async () => {
    await turnTo(page, 'Dead letters');
    await page.getByLabel('Consumer').selectOption('orders');
    await page.getByLabel('Send to').waitFor();
    await page.getByRole('row', { name: /OLD_FORMAT/ }).waitFor();
    // The function as it is now refuses it again: nothing is marked as resolved.
    await page.getByRole('button', { name: 'Plan to send again' }).click();
    await page.getByText('no other consumer gets them').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Send 1 record' }).click();
    await page.getByText('Planned 1 = succeeded 0 + failed again 1').waitFor({ timeout: 60_000 });

    await page.getByLabel('Send to').selectOption('topic');
    await page.getByRole('button', { name: 'Plan to send again' }).click();
    await page.getByText('All consumers of the topic get them').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Send 1 record' }).click({ timeout: 60_000 });
    await page.getByText('Planned 1 = succeeded 1').waitFor({ timeout: 60_000 });
  });

  test('refuses a foreign Origin, a rebound Host, and who has no token', async () => {
    const { port, hash, host } = new URL(address);
    const token = hash.slice('#token='.length);
    const ask = async (
      path: string,
      headers: Readonly<Record<string, string>>,
    ): Promise<number | undefined> => {
      const request = get({ host: '127.0.0.1', port, path, headers: { host, ...headers } });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.destroy();
      return response.statusCode;
    };
    const authorization = `Bearer ${token}`;
    assert.equal(await ask('/api/run', { authorization }), 200);
    assert.equal(await ask('/api/run', { authorization, origin: 'http://evil.example' }), 403);
    assert.equal(await ask('/api/run', { authorization, host: `evil.example:${port}` }), 403);
    assert.equal(await ask('/', { host: `evil.example:${port}` }), 403);
    for (const path of ['/api/run', '/api/stream', '/api/call?id=x', '/api/record?consumer=ledger'])
      assert.equal(await ask(path, {}), 401, path);
    // The page of another origin is refused by the server, not only by its browser.
    const stranger = await browser.newPage();
    await stranger.goto('data:text/html,<p>stranger');
    const seen = await stranger.evaluate(
      async (url) =>
        await fetch(url, { mode: 'no-cors' })
          .then(({ type }) => type)
          .catch(() => 'refused'),
      `http://${host}/api/run?token=${token}`,
    );
    assert.equal(seen, 'refused');
    await stranger.close();
  });

  test('has no axe violation on any page, in light and in dark, and fits 375 px', async () => {
    const record = '#/record/ledger/0/5';
    const found: string[] = [];
    const hashes = [
      '#/',
      '#/batches',
      new URL(poisonCall).hash,
      '#/records?consumer=orders',
      record,
      '#/dead-letters',
    ];
    for (const hash of [...hashes, '#/send', '#/reports', '#/nowhere'])
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width: 375, height: 700 });
        await page.goto(new URL(hash, address).href);
        await page.getByRole('heading', { level: 1 }).waitFor();
        // It stays shown when the colours change.
        if (hash === record && colorScheme === 'light')
          await page.getByRole('button', { name: 'Show the value' }).click();
        await page.waitForTimeout(300);
        const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
        assert.ok(width <= 375, `${hash} is ${width} px wide`);
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.waitForTimeout(200);
        await page.evaluate(axe);
        const violations = await page
          .evaluate<AxeResult>('axe.run()')
          .then((result) =>
            result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`),
          );
        found.push(...violations.map((violation) => `${hash} in ${colorScheme}: ${violation}`));
      }
    assert.deepEqual(found, []);
  });

  test('is used by keyboard alone', async () => {
    await page.goto(new URL('#/', address).href);
    await page.reload();
    await page.getByText('live', { exact: true }).waitFor();
    const focused = page.locator(':focus');
    await page.keyboard.press('Tab');
    await page.getByRole('link', { name: 'Skip to the content' }).and(focused).waitFor();
    for (const name of ['Overview', 'Batches', 'Records']) {
      await page.keyboard.press('Tab');
      await page.getByRole('link', { name, exact: true }).and(focused).waitFor();
    }
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Records' }).waitFor();
    await page.getByRole('main').and(focused).waitFor();
  });

  test('says that it lost the runner, and goes on by itself with the next one', async () => {
    await page.goto(new URL('#/', address).href);
    await page.getByText('live', { exact: true }).waitFor();
    await page.evaluate('void (globalThis.isSamePage = true)');
    process.kill(-(dev.child.pid ?? 0), 'SIGINT');
    const { code, stdout } = await dev.ended;
    assert.equal(code, 0, stdout);
    assert.equal(await hasLeftovers(dev), false);
    await page.getByText('the runner does not answer').waitFor();
    dev = await startDev(app);
    assert.ok(dev.output().includes(address), 'the address is the same');
    await page.getByText('live', { exact: true }).waitFor();
    const ledger = page.getByRole('region', { name: 'Consumer ledger' });
    await ledger.getByText('0 processed').waitFor();
    assert.equal(await page.evaluate('globalThis.isSamePage'), true);
    // What the last run has kept is gone with it, and its links say so.
    await page.goto(poisonCall);
    await page.getByText('not in the history').waitFor();
  });

  test('has said nothing in the browser’s console', () => {
    assert.deepEqual(
      complaints.filter((text) => !text.includes('404')),
      [],
    );
  });
});

async function startDev({ project }: ConsoleApp): Promise<RunningCli> {
  const dev = startCli(['dev', '--project', project]);
  await dev.printed('watching');
  return dev;
}
