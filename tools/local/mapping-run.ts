// One mapping at work: its pollers, each reading its share of the partitions.
import type { Admin, Kafka } from 'kafkajs';
import { startPollerRun, type PollerRun, type PollerRunOptions } from './poller/poller-run.ts';

/** What a mapping runs with. */
export type MappingRunOptions = Omit<PollerRunOptions, 'pollers'>;

/** A running mapping. */
export interface MappingRun {
  /** Closes and starts all pollers. */
  readonly restartPoller: () => Promise<void>;
  /** Stops polling; batches in flight are abandoned uncommitted. */
  readonly stop: () => Promise<void>;
  /** Resolves once no batch is in flight; after `stop()`. */
  readonly idle: () => Promise<void>;
}

/**
 * Starts polling and invoking; resolves once every poller has joined the group.
 *
 * Provisioned mode has its `MinimumPollers`, and no more than the topic has partitions; no lag adds any, as that takes AWS
 * minutes. On-demand mode has one, as AWS starts with a few of its own choice.
 */
export async function startMappingRun(options: MappingRunOptions): Promise<MappingRun> {
  const { mapping, kafka } = options;
  const wanted = mapping.provisioned?.minPollers ?? 1;
  const pollers = wanted === 1 ? 1 : Math.min(wanted, await countPartitions(kafka, mapping.topic));
  const starts = await Promise.allSettled(
    Array.from({ length: pollers }, async () => await startPollerRun({ ...options, pollers })),
  );
  const runs = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const each = async (act: (run: PollerRun) => Promise<void>): Promise<void> => {
    await Promise.all(runs.map(act));
  };
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed !== undefined) {
    await each(async ({ stop }) => await stop());
    throw failed.reason;
  }
  return {
    restartPoller: async () => await each(async ({ restart }) => await restart()),
    stop: async () => await each(async ({ stop }) => await stop()),
    idle: async () => await each(async ({ idle }) => await idle()),
  };
}

async function countPartitions(kafka: Kafka, topic: string): Promise<number> {
  const admin: Admin = kafka.admin();
  try {
    await admin.connect();
    // A topic that is not there is told by the first poller, in its own words.
    if (!(await admin.listTopics()).includes(topic)) return 1;
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return Math.max(1, topics[0]?.partitions.length ?? 1);
  } finally {
    await admin.disconnect();
  }
}
