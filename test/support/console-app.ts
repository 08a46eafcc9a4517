// A project of two consumers for the console's tests and pictures: `orders` dead-letters what is odd and retries what is busy, `ledger`
// dies of a poison record, and its mapping bisects.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { root } from './cli.ts';

/** A project in a folder of its own. */
export interface ConsoleApp {
  readonly project: string;
  readonly remove: () => Promise<void>;
}

const app = `
import { fileURLToPath } from 'node:url';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { KafkaConsumer } from '../../../infra/index.ts';
import { ledger } from './handlers/ledger/consumer.ts';
import { orders } from './handlers/orders/consumer.ts';

const app = new App();
const stack = new Stack(app, 'Shop', { env: { account: '000000000000', region: 'us-east-1' } });
const deadLetterBucket = new Bucket(stack, 'Letters');
for (const definition of [orders, ledger])
  new KafkaConsumer(stack, definition.name, {
    definition,
    entry: fileURLToPath(new URL('handlers/' + definition.name + '/handler.ts', import.meta.url)),
    source: { type: 'msk-iam', clusterArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/c/00000000-0000-0000-0000-000000000000-1' },
    deadLetterBucket,
    removalPolicy: RemovalPolicy.DESTROY,
  });
app.synth();
`;

const ordersConsumer = `
import { defineConsumer, json } from '../../../../../lib/index.ts';
export const orders = defineConsumer({
  name: 'orders',
  topic: 'orders',
  value: json(),
  memory: { sizeMb: 256 },
  batch: { maxRecords: 50, maximumBatchingWindowSeconds: 0 },
});
`;

const ordersHandler = `
import { createConsumer, DeadLetterError } from '../../../../../lib/index.ts';
import { orders } from './consumer.ts';
export const handler = createConsumer(orders, {
  async record(record, { log }) {
    const { kind } = record.value as { kind?: string };
    if (kind === 'old') throw new DeadLetterError('OLD_FORMAT', 'an order of last year');
    if (kind === 'slow') await new Promise((resolve) => setTimeout(resolve, 20));
    if (kind === 'told') log.info('an order was told', { offset: record.offset });
  },
});
`;

const ledgerConsumer = `
import { defineConsumer, json } from '../../../../../lib/index.ts';
export const ledger = defineConsumer({
  name: 'ledger',
  topic: 'ledger',
  value: json(),
  memory: { sizeMb: 256 },
  order: 'none',
  batch: { maxRecords: 16, maximumBatchingWindowSeconds: 1 },
  provisionedPollers: { min: 1, max: 1 },
  retry: { maxAttempts: 2, maxAgeSeconds: 3600, bisect: true },
});
`;

// An error outside of the record's function, as a forgotten callback throws it: nobody can tell which record it was.
const ledgerHandler = `
import { createConsumer } from '../../../../../lib/index.ts';
import { ledger } from './consumer.ts';
export const handler = createConsumer(ledger, {
  async record(record) {
    const { amount } = record.value as { amount: unknown };
    await new Promise<void>((resolve) =>
      setImmediate(() => {
        if (typeof amount !== 'number') throw new TypeError('amount.toFixed is not a function');
        resolve();
      }),
    );
  },
});
`;

const sample = `{"key":"customer-1","value":{"id":"o-1","kind":"told","total":12.5}}
{"key":"customer-2","value":{"id":"o-2","total":8}}
`;

/** Writes it; `name` is its folder's, under the tests' cache. */
export async function writeConsoleApp(name: string): Promise<ConsoleApp> {
  const cache = join(root, '.cache', name);
  await mkdir(cache, { recursive: true });
  const project = await mkdtemp(join(cache, 'shop-'));
  const files: Readonly<Record<string, string>> = {
    'cdk.json': JSON.stringify({ app: 'node app.ts', context: {} }),
    'app.ts': app,
    'handlers/orders/consumer.ts': ordersConsumer,
    'handlers/orders/handler.ts': ordersHandler,
    'handlers/orders/sample.ndjson': sample,
    'handlers/ledger/consumer.ts': ledgerConsumer,
    'handlers/ledger/handler.ts': ledgerHandler,
  };
  for (const folder of ['orders', 'ledger'])
    await mkdir(join(project, 'handlers', folder), { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(project, file), text);
  return { project, remove: async () => await rm(project, { recursive: true, force: true }) };
}

/** Goes to a page by the menu, and on once it is drawn: the one before may have a field of the same name. */
export async function turnTo(page: Page, name: string): Promise<void> {
  const link = page.getByRole('navigation').getByRole('link', { name });
  await link.click();
  await link.and(page.locator('[aria-current=page]')).waitFor();
}
