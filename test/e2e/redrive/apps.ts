// The consumers of the redrive proof: one per kind of on-failure destination, failing for five causes; the mended code has two of them fixed.
import type { LocalAppConsumer } from '../../support/local-app.ts';

/** Why a record fails, in the order in which records take turns. */
export const causes = ['old', 'range', 'crash', 'missing', 'corrupt'] as const;
export type Cause = (typeof causes)[number];

/** Causes that the mended code no longer has. */
export const fixed: ReadonlySet<Cause> = new Set(['old', 'crash']);

/** On-failure destination by consumer. The runtime's own dead letters go to one bucket. */
export const destinations = {
  's3-way': { 'Fn::GetAtt': ['Failures', 'Arn'] },
  'sqs-way': 'arn:aws:sqs:us-east-1:000000000000:failed',
  'sns-way': 'arn:aws:sns:us-east-1:000000000000:failed',
  'topic-way': 'kafka://failed-orders',
} as const;
export type ConsumerName = keyof typeof destinations;
export const consumerNames = Object.keys(destinations) as readonly ConsumerName[];

export const letterBucket = 'letters-000000000000';
export const resources = { Letters: { Type: 'AWS::S3::Bucket', Properties: { BucketName: letterBucket } } };

/** `old` and `range` are dead-lettered by the handler, `corrupt` by the runtime; `crash` and `missing` by the mapping. */
function toSource(name: string, isMended: boolean): string {
  return `
import { createConsumer, DeadLetterError, defineConsumer, json } from '../../lib/index.ts';
const definition = defineConsumer({ name: '${name}', topic: 'orders-${name}', value: json(), order: 'none' });
export const handler = createConsumer(definition, {
  async record(record) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    const { cause } = record.value;
    if (cause === 'old' && !${isMended}) throw new DeadLetterError('OLD_FORMAT', 'an old order');
    if (cause === 'range') throw new DeadLetterError('OUT_OF_STOCK', 'nothing left');
    if (cause === 'crash' && !${isMended}) throw new TypeError('no such field');
    if (cause === 'missing') throw new ReferenceError('no such customer');
  },
});`;
}

/** The app before and after the fix. */
export function toConsumers(isMended: boolean): readonly LocalAppConsumer[] {
  return consumerNames.map((name) => ({
    name,
    source: toSource(name, isMended),
    environment: { TAILRACE_DEAD_LETTER_BUCKET: { Ref: 'Letters' } },
    mapping: {
      Topics: [`orders-${name}`],
      BatchSize: 100,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: destinations[name] } },
    },
  }));
}
