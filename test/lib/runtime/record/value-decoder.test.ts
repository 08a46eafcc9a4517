import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compressFrameSync } from 'lz4-napi';
import { defineConsumer, json } from '../../../../lib/index.ts';
import type { EventRecord } from '../../../../lib/runtime/event/event.ts';
import { ValueDecoder } from '../../../../lib/runtime/record/value-decoder.ts';

function record(text: string): EventRecord {
  const value = compressFrameSync(Buffer.from(text)).toString('base64');
  return { topic: 'orders', partition: 0, offset: 0, timestamp: 1, timestampType: 'CREATE_TIME', value };
}

// Small LZ4 values come as text whose digits the codec has looked for.
test('finds an integer that a number would round in a small packed value, wherever it stands', () => {
  const numbers = new ValueDecoder(defineConsumer({ name: 'a', topic: 'orders', value: json() }));
  const exact = new ValueDecoder(
    defineConsumer({ name: 'b', topic: 'orders', value: json({ integers: 'bigint' }) }),
  );
  for (let before = 0; before <= 40; before++) {
    const pad = 'x'.repeat(before);
    const unsafe = record(`{"pad":"${pad}","id":9007199254740993}`);
    assert.throws(() => numbers.decode(unsafe), { code: 'UNSAFE_INTEGER' });
    assert.deepEqual(exact.decode(unsafe).value, { pad, id: 9007199254740993n });
    const safe = record(`{"pad":"${pad}","id":9007199254740991,"at":1767225600000}`);
    assert.deepEqual(numbers.decode(safe).value, { pad, id: 9007199254740991, at: 1767225600000 });
  }
});
