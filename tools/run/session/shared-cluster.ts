// A Kafka of the user's own is somebody's: unless a run was told otherwise, it reads there as a group of its own, from the end on,
// and writes nothing.

import type { Kafka } from 'kafkajs';
import { randomBytes } from 'node:crypto';
import { LocalError } from '../../local/error.ts';
import type { Mapping } from '../../local/mapping/mapping.ts';
import { toKafkaTopics, type Topology } from '../../template/topology.ts';

/** What a run may do on a cluster that is not its own. */
export interface ClusterRights {
  /** Whether it may write: records to the topics, and what mappings give up to topics. */
  readonly produces: boolean;
  /** Whether it joins the groups of the mappings, and so takes records from what is deployed. */
  readonly joinsGroups: boolean;
  /** Where a group of its own starts to read. */
  readonly from: Mapping['startingPosition'];
}

/** What a run may do that was told nothing else. */
export const readOnlyRights: ClusterRights = { produces: false, joinsGroups: false, from: 'LATEST' };

/** What the groups of one session are called, behind the mappings' own names. */
export function newGroupSuffix(): string {
  return `tailrace-${randomBytes(4).toString('hex')}`;
}

/** The app as it runs on that cluster. */
export function toSharedApp(
  app: Topology,
  { produces, joinsGroups, from }: ClusterRights,
  suffix: string,
): Topology {
  return {
    ...app,
    mappings: app.mappings.map((mapping) => ({
      ...mapping,
      ...(!joinsGroups && {
        consumerGroupId: `${mapping.consumerGroupId}-${suffix}`,
        startingPosition: from,
      }),
      ...(!produces &&
        mapping.onFailure?.type === 'kafka' && {
          onFailure: { ...mapping.onFailure, isReadOnly: true },
        }),
    })),
  };
}

/** @throws {LocalError} `NO_SUCH_TOPIC` for a topic that is not there: without the right to write none is made */
export async function requireTopics(kafka: Kafka, { mappings }: Topology): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const there = await admin.listTopics();
  await admin.disconnect();
  const missing = [...toKafkaTopics({ mappings })].filter(
    (topic) => !there.includes(topic) && mappings.some((mapping) => mapping.topic === topic),
  );
  if (missing.length > 0)
    throw new LocalError(
      'NO_SUCH_TOPIC',
      `no such topic on the cluster of --brokers, got ${missing.join(', ')}, expected topics that are there; ` +
        'create them, or let this run do it and fill them: --produce',
    );
}
