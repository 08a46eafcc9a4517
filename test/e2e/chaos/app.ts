// The app under chaos: one function, one mapping without end of retries, so that nothing is ever given up but what can
// never succeed.
import { writeLocalApp, type LocalApp } from '../../support/local-app.ts';
import { groupId, topic } from './record.ts';

/** Writes it to a temporary folder. */
export async function writeChaosApp(): Promise<LocalApp> {
  return await writeLocalApp([
    {
      name: 'chaos',
      source: `export { handler } from '../e2e/chaos/consumer.ts';`,
      function: { MemorySize: 256, Timeout: 30 },
      environment: { TAILRACE_DEAD_LETTER_BUCKET: { Ref: 'Failures' } },
      mapping: {
        Topics: [topic],
        BatchSize: 2000,
        MaximumBatchingWindowInSeconds: 1,
        MaximumRetryAttempts: -1,
        DestinationConfig: undefined,
        ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 2 },
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: groupId },
      },
    },
  ]);
}
