import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toSoakOptions } from '../../../tools/soak/options.ts';

test('takes a mapping by the name that the local runner gives it, and nothing that leads out of its folder', () => {
  for (const consumer of ['archive', 'my-function/orders', 'my-function/orders.v2/MappingA1'])
    assert.equal(toSoakOptions({ consumer }).consumer, consumer);
  for (const consumer of ['../a', '/a', 'a//b', 'a b', ''])
    assert.throws(() => toSoakOptions({ consumer }), { code: 'USAGE' });
});

test('takes variables and parameters for a consumer of an app, too, and never quotes one that is not a pair', () => {
  const options = toSoakOptions({
    consumer: 'archive',
    env: ['URL=http://127.0.0.1/?a=b', 'URL=last'],
    parameter: ['Topic=orders'],
  });
  assert.deepEqual(options.environment, { URL: 'last' });
  assert.deepEqual(options.parameters, { Topic: 'orders' });
  assert.throws(
    () => toSoakOptions({ consumer: 'archive', env: ['hunter2'] }),
    (error: Error) => /--env is not a name and a value/.test(error.message) && !/hunter2/.test(error.message),
  );
});
