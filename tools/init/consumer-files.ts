// The files of one consumer: its definition, handler, memory, a sample of its records, and its test.

import { toLanguage } from './javascript.ts';
import type { Dialect } from './project.ts';

/** What the consumer is to be. */
export interface ConsumerPlan {
  /** `order-events`; a folder's and the definition's name. */
  readonly name: string;
  readonly topic: string;
  /** For a consumer whose function is an SQS handler: its file, as the handler's file imports it. */
  readonly sqsHandler?: string;
}

/** The folder of a consumer, relative to the project. */
export function consumerFolder({ name }: ConsumerPlan): string {
  return `handlers/${name}`;
}

/** `order-events` -> `orderEvents`: the definition's variable. */
export function toVariable(name: string): string {
  return name.replaceAll(/-+(.?)/g, (_, letter: string) => letter.toUpperCase());
}

/** Texts by path. */
export function toConsumerFiles(plan: ConsumerPlan, dialect: Dialect): Readonly<Record<string, string>> {
  const folder = consumerFolder(plan);
  const { language } = dialect;
  const handler = plan.sqsHandler === undefined ? toHandler(plan, dialect) : toSqsHandler(plan, dialect);
  const toTestOf = (path: string): string => toLanguage(toTest(plan, dialect, path), dialect);
  return {
    [`${folder}/consumer.${language}`]: toLanguage(toDefinition(plan, dialect), dialect),
    [`${folder}/handler.${language}`]: toLanguage(handler, dialect),
    [`${folder}/memory.json`]: `${JSON.stringify({ sizeMb: 256 })}\n`,
    [`${folder}/sample.ndjson`]: ['1', '2', '3']
      .map(
        (id) =>
          `${JSON.stringify({ key: id, value: plan.sqsHandler === undefined ? { id } : `{"id":"${id}"}` })}\n`,
      )
      .join(''),
    ...(dialect.testRunner === 'jest'
      ? { [`test/${plan.name}.test.${language}`]: toTestOf(`../${folder}/handler`) }
      : { [`${folder}/handler.test.${language}`]: toTestOf('./handler') }),
  };
}

function toDefinition({ name, topic, sqsHandler }: ConsumerPlan, { modules }: Dialect): string {
  const json = modules === 'esm' ? " with { type: 'json' }" : '';
  const format = sqsHandler === undefined ? 'json' : 'text';
  const comment =
    sqsHandler === undefined
      ? 'json(schema) checks values with zod, valibot or any Standard Schema'
      : 'the SQS handler parses its bodies itself';
  return `// What the consumer reads, and how. The function, the CDK stack and the command line all use this definition.

import { defineConsumer, ${format} } from 'tailrace';
import memory from './memory.json'${json}; // written by \`npx tailrace tune\`

export const ${toVariable(name)} = defineConsumer({
  name: '${name}',
  topic: '${topic}',
  value: ${format}(), // ${comment}
  memory,
});
`;
}

function toHandler({ name }: ConsumerPlan, { extension }: Dialect): string {
  const variable = toVariable(name);
  return `import { createConsumer, DeadLetterError } from 'tailrace';
import { ${variable} } from './consumer${extension}';

export const handler = createConsumer(${variable}, {
  // Runs for each record. If it throws, the record is delivered again, and the records behind it wait.
  async record(record, { log }) {
    if (record.value === null) return; // a tombstone: the key was deleted
    const { id } = record.value as { readonly id?: unknown };
    if (typeof id !== 'string') throw new DeadLetterError('NO_ID', 'a record has an id'); // stores a copy in S3 and continues
    log.info('record seen');
  },
});
`;
}

function toSqsHandler({ name, sqsHandler = '' }: ConsumerPlan, { extension }: Dialect): string {
  const variable = toVariable(name);
  return `import { createConsumer, fromSqs } from 'tailrace';
import { handler as sqsHandler } from '${sqsHandler}${extension}';
import { ${variable} } from './consumer${extension}';

// The SQS handler is unchanged. It gets up to ten messages at a time; those that it reports as failed are delivered again.
export const handler = createConsumer(${variable}, fromSqs(sqsHandler));
`;
}

function toTest({ sqsHandler }: ConsumerPlan, { testRunner, extension }: Dialect, handler: string): string {
  const head = `import { runConsumer } from 'tailrace/testing';
import { handler } from '${handler}${extension}';
`;
  const isSqs = sqsHandler !== undefined;
  const records = isSqs ? `[{ value: '{"id":"1"}' }]` : `[{ value: { id: '1' } }, { value: {} }]`;
  const expected = isSqs ? `['processed']` : `['processed', 'NO_ID']`;
  const title = isSqs ? 'processes a message' : 'processes a record, and keeps one without an id';
  const body = (assertion: string): string => `
test('${title}', async () => {
  const { outcomes } = await runConsumer(handler, ${records});
  ${assertion}
});
`;
  const results = 'outcomes.map(({ outcome, code }) => code ?? outcome)';
  switch (testRunner) {
    case 'node':
      return `import assert from 'node:assert/strict';
import { test } from 'node:test';
${head}${body(`assert.deepEqual(${results}, ${expected});`)}`;
    case 'vitest':
      return `import { expect, test } from 'vitest';\n${head}${body(`expect(${results}).toEqual(${expected});`)}`;
    case 'jest':
      return `${head}${body(`expect(${results}).toEqual(${expected});`)}`;
  }
}
