// The redrive proof at a size for every commit: on Apache Kafka where Java is there, on the embedded broker elsewhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNoApache } from '../support/apache.ts';
import { prove } from './redrive/prove.ts';

test('loses nothing and sends nothing twice that no account names, killed and resumed', async () => {
  process.env['TAILRACE_TEST_BROKER'] = (await whyNoApache()) === false ? 'apache' : 'embedded';
  const proof = await prove({
    records: 600,
    rate: 400,
    kills: { 's3-way': 2, 'sqs-way': 1, 'sns-way': 0, 'topic-way': 1 },
    onProgress: () => {},
  });
  assert.deepEqual([proof.redriven, proof.left, proof.kills], [240, 360, 4]);
});
