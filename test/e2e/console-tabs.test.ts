// The web console in several tabs, at an address that was cut, and while dead letters go on arriving.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { ListReport } from '../../tools/dead-letters/list.ts';
import { startChromium, whyNoChromium } from '../support/chromium.ts';
import { startCli, type RunningCli } from '../support/cli.ts';
import { turnTo, writeConsoleApp, type ConsoleApp } from '../support/console-app.ts';

suite('the web console', { skip: await whyNoChromium(), timeout: 240_000 }, () => {
  let app: ConsoleApp;
  let dev: RunningCli;
  let browser: Browser;
  let address: string;

  before(async () => {
    app = await writeConsoleApp('console-tabs-test');
    dev = startCli(['dev', '--project', app.project]);
    [browser] = await Promise.all([startChromium(), dev.printed('watching')]);
    address = /console: (\S+)/.exec(dev.output())?.[1] ?? '';
  });

  after(async () => {
    await browser?.close();
    dev?.child.kill('SIGINT');
    await dev?.ended;
    await app?.remove();
  });

  // One more dead letter; resolves once there are `total`.
  async function fail(total: number): Promise<void> {
    await writeFile(join(app.project, 'old.ndjson'), '{"key":"k","value":{"kind":"old"}}\n');
    const { code, stderr } = await startCli(['send', 'orders', 'old.ndjson'], {}, app.project).ended;
    assert.equal(code, 0, stderr);
    const deadline = Date.now() + 60_000;
    for (let found = 0; found < total;) {
      assert.ok(Date.now() < deadline, `${found} dead letters of ${total}`);
      const list = await startCli(['dead-letters', 'list', '--json'], {}, app.project).ended;
      found = (JSON.parse(list.stdout) as ListReport).total;
    }
  }

  test('leaves the browser connections for a tab that is seen', async () => {
    const context = await browser.newContext();
    const seen = await context.newPage();
    await seen.goto(address);
    await seen.getByText('live', { exact: true }).waitFor();
    await context.addInitScript("Object.defineProperty(document, 'hidden', { value: true })");
    // A browser opens six connections to one server, for all tabs together.
    for (let tab = 0; tab < 6; tab++) {
      const hidden = await context.newPage();
      await hidden.goto(new URL('#/send', address).href);
      await hidden.getByRole('heading', { level: 1, name: 'Send' }).waitFor();
    }
    await turnTo(seen, 'Send');
    await seen.getByText('To topic orders').waitFor({ timeout: 30_000 });
    await context.close();
  });

  test('shows a page at an address that was cut', async () => {
    const page = await browser.newPage();
    await page.goto(new URL('#/record/orders/%E0%A4%A', address).href);
    await page.getByRole('heading', { level: 1, name: 'Record' }).waitFor();
    await page.close();
  });

  test('sends no dead letter that came after the plan which is confirmed', async () => {
    await fail(1);
    const page = await browser.newPage();
    await page.goto(address);
    await turnTo(page, 'Dead letters');
    await page.getByRole('button', { name: 'Plan to send again' }).click();
    const send = page.getByRole('button', { name: 'Send 1 record' });
    await send.waitFor({ timeout: 60_000 });
    await fail(2);
    await send.click();
    await page.getByText('Planned 1 = succeeded 1').waitFor({ timeout: 60_000 });
    await page.close();
  });
});
