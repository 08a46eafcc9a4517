// All tests of a local run once more, on Apache Kafka: what they say must not depend on the embedded broker.
import { test } from 'node:test';
import { whyNoApache } from '../../support/apache.ts';

const skip = await whyNoApache();
if (skip === false) {
  process.env['TAILRACE_TEST_BROKER'] = 'apache';
  await import('./run.test.ts');
  await import('./run-failures.test.ts');
} else {
  test('a local run on Apache Kafka', { skip }, () => {});
}
