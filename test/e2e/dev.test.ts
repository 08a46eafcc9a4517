// `tailrace dev` as a person uses it: a CDK app of its own, edited while it runs.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createKafka } from '../../tools/broker/kafka-client.ts';
import type { DevState } from '../../tools/dev/state-file.ts';
import { hasLeftovers, startCli, type RunningCli } from '../support/cli.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
let project: string;
let dev: RunningCli;

const app = `
import { fileURLToPath } from 'node:url';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { KafkaConsumer } from '../../../infra/index.ts';
import { things } from './consumer.ts';

const app = new App();
const stack = new Stack(app, 'Things', { env: { account: '000000000000', region: 'us-east-1' } });
new KafkaConsumer(stack, 'Consumer', {
  definition: things,
  entry: fileURLToPath(new URL('handler.ts', import.meta.url)),
  source: { type: 'msk-iam', clusterArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/c/00000000-0000-0000-0000-000000000000-1' },
  deadLetterBucket: new Bucket(stack, 'Letters'),
  removalPolicy: RemovalPolicy.DESTROY,
});
app.synth();
`;

function consumer(maxRecords: number): string {
  return `
import { defineConsumer, json } from '../../../lib/index.ts';
export const things = defineConsumer({ name: 'things', topic: 'things', value: json(), batch: { maxRecords: ${maxRecords}, maximumBatchingWindowSeconds: 0 } });
`;
}

function handler(version: string, more = ''): string {
  return `
import { createConsumer } from '../../../lib/index.ts';
import { things } from './consumer.ts';
${more}
export const handler = createConsumer(things, {
  record(record, { log }) {
    log.info('seen by ${version}', { offset: record.offset });
  },
});
`;
}

async function save(file: string, text: string): Promise<void> {
  await writeFile(join(project, file), text);
}

async function send(): Promise<void> {
  const { bootstrapServers } = JSON.parse(
    await readFile(join(project, '.tailrace', 'dev.json'), 'utf8'),
  ) as DevState;
  const producer = createKafka(bootstrapServers).producer();
  await producer.connect();
  await producer.send({ topic: 'things', messages: [{ value: '{}' }] });
  await producer.disconnect();
}

before(async () => {
  await mkdir(join(root, '.cache', 'dev-test'), { recursive: true });
  project = await mkdtemp(join(root, '.cache', 'dev-test', 'app-'));
  await save('cdk.json', JSON.stringify({ app: 'node app.ts', context: {} }));
  await save('app.ts', app);
  await save('consumer.ts', consumer(10));
  await save('handler.ts', handler('the first'));
  dev = startCli(['dev', '--project', project]);
  await dev.printed('watching');
});

after(async () => {
  dev.child.kill('SIGKILL');
  await rm(project, { recursive: true, force: true });
});

test(
  'replaces a function when its source is saved, keeps it through broken edits, restarts a mapping, and leaves nothing',
  { timeout: 240_000 },
  async () => {
    await send();
    await dev.printed('seen by the first');

    await save('handler.ts', handler('the second'));
    await dev.printed('things: replaced');
    await send();
    await dev.printed('seen by the second');

    await save('handler.ts', `${handler('the third')}const broken = ;`);
    await dev.printed('things was not replaced');
    await save('handler.ts', handler('the third', "throw new Error('no such variable');"));
    await dev.printed('it does not load, got no such variable');
    const { length } = seen('seen by the second');
    await send();
    await dev.printed('seen by the second', length + 1);

    await save('handler.ts', handler('the fourth'));
    await save('consumer.ts', consumer(20));
    await dev.printed('things: its definition changed; its mapping was restarted');
    await send();
    await dev.printed('seen by the fourth');
    // Offsets were kept: no record came a second time.
    assert.equal(seen('seen by').length, 4);

    process.kill(-(dev.child.pid ?? 0), 'SIGINT');
    const { code, stdout } = await dev.ended;
    assert.equal(code, 0, stdout);
    await assert.rejects(readFile(join(project, '.tailrace', 'dev.json')), { code: 'ENOENT' });
    assert.equal(await hasLeftovers(dev), false);
  },
);

function seen(text: string): readonly string[] {
  return dev
    .output()
    .split('\n')
    .filter((line) => line.includes(text));
}
