// The topology of an app of one consumer, written for a test. Own file: what topologies are refused for takes several files.

import assert from 'node:assert/strict';
import { LocalError } from '../../tools/local/error.ts';
import { readTopology, type Topology } from '../../tools/template/topology.ts';
import { writeLocalApp } from './local-app.ts';

/** Code of a function that does nothing. */
export const source = 'export const handler = async () => {};';

/** An account, a Region and a queue endpoint. */
export const options = {
  accountId: '000000000000',
  region: 'eu-west-1',
  queueUrl: (name: string): string => `http://127.0.0.1:1/000000000000/${name}`,
};

/** Writes an app with the consumer `order-archive` and these resources, reads its topology, and removes it. */
export async function topologyOf(
  parts: {
    readonly mapping?: Readonly<Record<string, unknown>>;
    readonly environment?: Readonly<Record<string, unknown>>;
    readonly function?: Readonly<Record<string, unknown>>;
  },
  resources: Readonly<Record<string, unknown>> = {},
): Promise<Topology> {
  const app = await writeLocalApp([{ name: 'order-archive', source, ...parts }], resources);
  try {
    return readTopology(app.cdkOut, options);
  } finally {
    await app.remove();
  }
}

/** Whether an error is a LocalError with this code, whose message has all of these words. */
export function isLocalError(code: string, ...words: readonly string[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof LocalError);
    assert.equal(error.code, code);
    for (const word of words) assert.ok(error.message.includes(word), `${error.message} names ${word}`);
    return true;
  };
}
