// Pictures of every page of the console, light and dark, for docs/images: `node test/support/console-pictures.ts`. What is on them is a real
// run of the tests' app, with a poison record among its traffic.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startChromium } from './chromium.ts';
import { root, startCli } from './cli.ts';
import { turnTo, writeConsoleApp } from './console-app.ts';

type Open = (page: Page) => Promise<void>;

/** How each page is come to; every way begins at the overview. */
const openCall: Open = async (page) => {
  await page
    .getByRole('region', { name: 'Consumer ledger' })
    .getByRole('link', { name: /failed invocation/ })
    .click();
  await page.getByRole('link', { name: /^ledger batch/ }).click();
  await page.getByRole('list', { name: 'Retries and bisection' }).waitFor();
};

const pages: Readonly<Record<string, Open>> = {
  overview: async () => {},
  batches: async (page) => {
    await turnTo(page, 'Batches');
    await page.getByRole('region', { name: 'Timeline' }).waitFor();
  },
  invocation: openCall,
  records: async (page) => {
    await turnTo(page, 'Records');
    await page.getByRole('row').nth(1).waitFor({ timeout: 30_000 });
  },
  record: async (page) => {
    await openCall(page);
    await page.getByRole('region', { name: 'Records' }).getByRole('link').click();
    await page.getByRole('button', { name: 'Show the value' }).click({ timeout: 30_000 });
    const value = page.getByRole('textbox', { name: 'Value' });
    await value.fill((await value.inputValue()).replace('"12,50"', '12.5'));
    await page.getByRole('button', { name: 'Run again as edited' }).click();
    await page.getByRole('region', { name: 'New outcome' }).waitFor();
  },
  'dead-letters': async (page) => {
    await turnTo(page, 'Dead letters');
    await page.getByLabel('Consumer').selectOption('orders');
    await page.getByLabel('Send to').waitFor();
    await page.getByRole('button', { name: 'Plan to send again' }).click({ timeout: 30_000 });
    await page.getByRole('region', { name: 'Plan' }).waitFor({ timeout: 60_000 });
  },
  send: async (page) => {
    await turnTo(page, 'Send');
    await page.getByLabel('Value, JSON').waitFor();
  },
  reports: async (page) => turnTo(page, 'Reports'),
};

/** Half a minute of traffic that rises and falls, with a poison record after a third of it. */
async function feed(address: string): Promise<void> {
  const { origin, hash } = new URL(address);
  const send = async (consumer: string, records: readonly object[]): Promise<void> => {
    const lines = records.map((record) => JSON.stringify(record)).join('\n');
    const response = await fetch(`${origin}/api/send`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${hash.slice('#token='.length)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ consumer, compression: 'none', lines }),
    });
    if (!response.ok) throw new Error(await response.text());
  };
  for (let step = 0, order = 0; step < 40; step++) {
    const count = 60 + Math.round(200 * Math.abs(Math.sin(step / 5)));
    const orders = Array.from({ length: count }, () => {
      const number = ++order;
      const kind = number % 997 === 0 ? 'old' : number % 13 === 0 ? 'slow' : 'new';
      return { key: `customer-${number}`, value: { id: `o-${number}`, kind, total: number / 2 } };
    });
    const entries = Array.from({ length: 24 }, (_, index) => ({
      key: `account-${step * 24 + index}`,
      value: { id: `e-${step * 24 + index}`, amount: step === 13 && index === 11 ? '12,50' : index * 1.5 },
    }));
    await Promise.all([send('orders', orders), send('ledger', entries)]);
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  await new Promise((resolve) => setTimeout(resolve, 4000));
}

const folder = join(root, 'docs', 'images');
const app = await writeConsoleApp('console-pictures');
const dev = startCli(['dev', '--project', app.project, '--logs', 'none']);
await dev.printed('watching');
const address = /console: (\S+)/.exec(dev.output())?.[1] ?? '';
const browser = await startChromium();
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  await page.goto(address);
  await page.getByText('live', { exact: true }).waitFor();
  await feed(address);
  await mkdir(folder, { recursive: true });
  for (const [name, open] of Object.entries(pages))
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.goto(new URL('#/', address).href);
      await open(page);
      await page.waitForTimeout(1500);
      await page.screenshot({ path: join(folder, `console-${name}-${colorScheme}.png`) });
    }
} finally {
  await browser.close();
  process.kill(-(dev.child.pid ?? 0), 'SIGINT');
  await dev.ended;
  await app.remove();
}
