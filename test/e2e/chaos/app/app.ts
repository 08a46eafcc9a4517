// The app under chaos: one function, one mapping without end of retries, so that nothing is discarded but what can never
// succeed. Batches are small, so that several are in flight while others wait.
import { writeLocalApp, type LocalApp } from '../../../support/local-app.ts';
import { groupId, topic } from './record.ts';

/** Of its mapping, at all times. */
export const pollers = 2;

/** Writes it to a temporary folder. */
export async function writeChaosApp(): Promise<LocalApp> {
  return await writeLocalApp([
    {
      name: 'chaos',
      source: `export { handler } from '../e2e/chaos/app/consumer.ts';`,
      function: { MemorySize: 256, Timeout: 30 },
      environment: { TAILRACE_DEAD_LETTER_BUCKET: { Ref: 'Failures' } },
      mapping: {
        Topics: [topic],
        BatchSize: 100,
        MaximumBatchingWindowInSeconds: 0,
        MaximumRetryAttempts: -1,
        DestinationConfig: undefined,
        ProvisionedPollerConfig: { MinimumPollers: pollers, MaximumPollers: pollers },
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: groupId },
      },
    },
  ]);
}
