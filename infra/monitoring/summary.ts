// What synth says of a consumer in one line, when it is asked to (`-c summary=true`): how far it goes as it is set. What traffic
// costs is not known here; `tailrace plan` estimates it.

import type { KafkaConsumer } from '../kafka-consumer.ts';

const pollerMbPerSecond = 5; // AWS Lambda guide, Kafka scaling modes: a poller takes 5 MB/s
const pollerInvocations = 5; // or 5 invocations at once
const unitPollers = 10; // and 10 pollers are billed as one unit by default
const unitDollarsPerMonth = 0.185 * 730; // us-east-1, same page; a month of 730 hours

/** One line without its line break. */
export function toSummary({ definition, groupId, mappingProperties }: KafkaConsumer): string {
  const { name, topic, batch, memory, timeoutSeconds } = definition;
  const {
    MinimumPollers: min = 1,
    MaximumPollers: max,
    PollerGroupName: group,
  } = mappingProperties.ProvisionedPollerConfig ?? {};
  const units = Math.ceil(min / unitPollers);
  const pollers =
    max === undefined
      ? 'pollers on demand, 0 USD a month'
      : `${min} to ${max} pollers (at most ${max * pollerMbPerSecond} MB/s, ${max * pollerInvocations} invocations at once; ${units} poller unit${units === 1 ? '' : 's'} billed at rest, ${Math.round(units * unitDollarsPerMonth)} USD a month${group === undefined ? '' : ` or its share of group ${group}`})`;
  return `tailrace: ${name} reads ${topic} as ${groupId}: ${pollers}; batches of ${batch.maxRecords} records, ${batch.maximumBatchingWindowSeconds} s or 6 MB; ${memory.sizeMb} MB, ${timeoutSeconds} s; its cost: npm run tailrace -- plan --consumer ${name} --rate N`;
}
