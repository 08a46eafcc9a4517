// Smoke runs of the targets: that they work, not that they find much; and the fuzzer stops at what they do not allow.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { codecs } from '../../lib/codec/codec.ts';
import { toCodecTarget } from './codec-targets.ts';
import { formatTargets } from './format-targets.ts';
import { fuzz } from './fuzzing.ts';

describe('fuzz()', () => {
  for (const codec of codecs)
    test(`smoke: finds nothing in ${codec} within 0.2 s`, () => fuzz(codec, toCodecTarget(codec), 0.2, 1));
  for (const [name, toTarget] of Object.entries(formatTargets))
    test(`smoke: finds nothing in ${name} within 0.2 s`, () => fuzz(name, toTarget(), 0.2, 1));

  test('stops at the first value that fails its target', async () => {
    const opened: Buffer[] = [];
    const target = {
      seeds: [Buffer.from('seed')],
      open(bytes: Buffer): readonly string[] {
        opened.push(bytes);
        assert.ok(opened.length < 100, 'the hundredth');
        return ['opened'];
      },
    };
    await assert.rejects(fuzz('test', target, 60, 1), { message: 'the hundredth' });
    assert.equal(opened.length, 100);
  });
});
