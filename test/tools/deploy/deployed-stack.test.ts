import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, type Deployed } from '../../../tools/deploy/deployed-stack.ts';
import type { Topology } from '../../../tools/template/topology.ts';

const app = {
  functions: [{ name: 'orders', memoryMb: 256 }],
  mappings: [{ functionName: 'orders', batchSize: 500 }],
} as unknown as Topology;

function deployed(memoryMb: number, batchSize: number): Deployed {
  return {
    memoryMb: new Map([['orders', memoryMb]]),
    batchSizes: new Map([['orders', batchSize]]),
    mappings: 1,
  };
}

test('finds nothing to say when all is deployed as the template says', () => {
  assert.deepEqual(compare(app, deployed(256, 500)), []);
});

test('names a memory size and a batch size that are not the template’s', () => {
  assert.deepEqual(compare(app, deployed(320, 250)), [
    'memory size of orders is 320, expected 256',
    'batch size of orders is 250, expected 500',
  ]);
});

test('names what is not there', () => {
  const nothing: Deployed = { memoryMb: new Map(), batchSizes: new Map(), mappings: 0 };
  assert.deepEqual(compare(app, nothing), [
    'memory size of orders is not there, expected 256',
    'batch size of orders is not there, expected 500',
  ]);
});
