// An app of many consumers, each with a handler of its own, to see how such an app is split and how long it takes:
// `cdk synth --quiet --app 'node test/infra/many-consumers.ts 100'`.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { TailraceStack } from '../../infra/app/tailrace-stack.ts';
import { defineConsumer } from '../../lib/definition/define-consumer.ts';

const cluster = {
  clusterArn: 'arn:aws:kafka:eu-west-1:123456789012:cluster/orders/01234567-89ab-cdef-0123-456789abcdef-4',
} as const;

/** Adds a stack with one consumer of each name, their handlers written below `folder`. */
export function addConsumers(
  app: App,
  names: readonly string[],
  {
    folder,
    ...props
  }: { readonly folder: string; readonly consumersInStack?: number; readonly monitoring?: false },
): TailraceStack {
  const stack = new TailraceStack(app, 'Many', {
    cluster,
    ephemeral: false,
    handlersFolder: folder,
    ...props,
  });
  for (const name of names) {
    mkdirSync(join(folder, name), { recursive: true });
    const lib = new URL('../../lib/index.ts', import.meta.url).pathname;
    writeFileSync(
      join(folder, name, 'handler.ts'),
      `import { createConsumer, defineConsumer, json } from '${lib}';
      const consumer = defineConsumer({ name: '${name}', topic: 'orders', value: json() });
      export const handler = createConsumer(consumer, { record() {} });`,
    );
    stack.consumers.add(defineConsumer({ name, topic: 'orders' }));
  }
  return stack;
}

/** `consumer-1` and so on. */
export function nameConsumers(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `consumer-${index + 1}`);
}

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-many-'));
  try {
    const app = new App({ autoSynth: false } satisfies AppProps);
    addConsumers(app, nameConsumers(Number(process.argv[2] ?? 100)), { folder });
    app.synth();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
