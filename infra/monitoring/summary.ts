// What synth says of a consumer in one line, when it is asked to (`-c summary=true`): how far it goes as it is set. What traffic
// costs is not known here; `tailrace plan` estimates it.

import type { KafkaConsumer } from '../kafka-consumer.ts';
import type { MappingProperties } from '../mapping/mapping.ts';
import { unitDollarsPerMonth, unitPollers } from '../mapping/idle-cost.ts';

const pollerMbPerSecond = 5; // AWS Lambda guide, Kafka scaling modes: a poller takes 5 MB/s
const pollerInvocations = 5; // or 5 invocations at once
const defaultMaxPollers = 200; // AWS Lambda guide, kafka-esm-parameters

/** One line without its line break. */
export function toSummary({ definition, groupId, mappingProperties }: KafkaConsumer): string {
  const { name, topic, batch, memory, timeoutSeconds } = definition;
  const pollers = toPollers(mappingProperties.ProvisionedPollerConfig);
  return `tailrace: ${name} reads ${topic} as ${groupId}: ${pollers}; batches of ${batch.maxRecords} records, ${batch.maximumBatchingWindowSeconds} s or 6 MB; ${memory.sizeMb} MB, ${timeoutSeconds} s; its cost: npx tailrace plan --consumer ${name} --rate N`;
}

function toPollers(config: MappingProperties['ProvisionedPollerConfig']): string {
  if (config === undefined) return 'pollers on demand, 0 USD a month';
  const { MinimumPollers: min = 1, MaximumPollers: max = defaultMaxPollers, PollerGroupName: group } = config;
  const units = Math.ceil(min / unitPollers);
  const dollars = Math.round(units * unitDollarsPerMonth);
  const share = group === undefined ? '' : ` or its share of group ${group}`;
  return (
    `${min} to ${max} pollers (at most ${max * pollerMbPerSecond} MB/s, ${max * pollerInvocations} invocations at once; ` +
    `${units} poller unit${units === 1 ? '' : 's'} billed at rest, ${dollars} USD a month${share})`
  );
}
