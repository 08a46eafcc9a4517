// A CDK project of one consumer, `things`, below the tests' cache: what `tailrace dev` runs in its tests.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './cli.ts';

/** A project in a folder of its own. */
export interface DevProject {
  /** Absolute. */
  readonly folder: string;
  readonly save: (file: string, text: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

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

/** The text of its consumer.ts. */
export function toThings(maxRecords: number): string {
  return `
import { defineConsumer, json } from '../../../lib/index.ts';
export const things = defineConsumer({ name: 'things', topic: 'things', value: json(), batch: { maxRecords: ${maxRecords}, maximumBatchingWindowSeconds: 0 } });
`;
}

/** Writes the project with this handler.ts; its events have up to ten records. */
export async function writeDevProject(handler: string): Promise<DevProject> {
  const parent = join(root, '.cache', 'dev-test');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'app-'));
  const save = async (file: string, text: string): Promise<void> => await writeFile(join(folder, file), text);
  await save('cdk.json', JSON.stringify({ app: 'node app.ts', context: {} }));
  await save('app.ts', app);
  await save('consumer.ts', toThings(10));
  await save('handler.ts', handler);
  return { folder, save, remove: async () => await rm(folder, { recursive: true, force: true }) };
}
