import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../support/property.ts';
import { nameConsumers, type NameParts } from '../../../tools/template/consumer-names.ts';

const one: NameParts = { service: 'orders', functionName: 'App-Fn', topic: 'orders', logicalId: 'Mapping' };

test('calls a consumer by its service, or by its function without one', () => {
  assert.deepEqual(nameConsumers([one, { ...one, service: undefined }]), ['orders', 'App-Fn']);
});

test('adds the topic where a function has several mappings, or a service several functions', () => {
  const other = { ...one, topic: 'refunds', logicalId: 'Other' };
  assert.deepEqual(nameConsumers([one, other]), ['orders/orders', 'orders/refunds']);
  assert.deepEqual(nameConsumers([one, { ...other, functionName: 'App-Other' }]), [
    'orders/orders',
    'orders/refunds',
  ]);
  assert.deepEqual(nameConsumers([one, other].map((each) => ({ ...each, service: undefined }))), [
    'App-Fn/orders',
    'App-Fn/refunds',
  ]);
});

test('goes on with the function, and with the mapping at last', () => {
  const sameTopic = { ...one, functionName: 'App-Other' };
  assert.deepEqual(nameConsumers([one, sameTopic]), ['App-Fn', 'App-Other']);
  const otherCluster = { ...one, logicalId: 'Other' };
  assert.deepEqual(nameConsumers([one, otherCluster]), ['App-Fn/Mapping', 'App-Fn/Other']);
});

test('gives no name twice, whatever an app does', () => {
  const word = fc.constantFrom('a', 'b', 'a/b');
  const parts = fc.record({ service: fc.option(word, { nil: undefined }), functionName: word, topic: word });
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 8 }), (list) => {
      const names = nameConsumers(list.map((each, index) => ({ ...each, logicalId: `m${index}` })));
      assert.equal(new Set(names).size, list.length);
    }),
    { numRuns: 2000 },
  );
});
