// The local runner from poll to commit with a function that does nothing, and a bare kafkajs eachBatch loop that commits as
// it goes: the same topic on Apache Kafka, in turns. What lies between the two is the event, the sandbox and the verdict.
// The clock runs from the first fifth of the records to the last: starts and cold sandboxes come before.
import { performance } from 'node:perf_hooks';
import kafkajs, { type Kafka } from 'kafkajs';
import { startAwsEndpoints } from '../tools/aws/endpoints.ts';
import { startApacheBroker } from '../tools/broker/apache/broker.ts';
import { createKafka, groupTimings } from '../tools/broker/kafka-client.ts';
import { ensureTopic } from '../tools/broker/topic.ts';
import { readApp, startLocal, type EndOffsets, type LocalRunOptions } from '../tools/local/run.ts';
import { writeLocalApp } from '../test/support/local-app.ts';
import { toDocument } from './document.ts';
import { saveResult } from './report.ts';

const topic = 'orders';
const partitions = 12;
const records = 120_000;
const rounds = 5;
const startAt = records / 5;

// Writing as many different ones would take longer than reading them.
const documents = Array.from({ length: 1000 }, (_, n) => JSON.stringify(toDocument(n)));

async function fill(kafka: Kafka): Promise<EndOffsets> {
  await ensureTopic(kafka, { topic, partitions });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const perSend = 5000;
  for (let at = 0; at < records; at += perSend) {
    const messages = Array.from({ length: perSend }, (_, n) => ({
      key: `order-${at + n}`,
      partition: Math.floor(((at + n) / records) * partitions * 8) % partitions,
      value: documents[(at + n) % documents.length] ?? '',
    }));
    await producer.send({ topic, acks: -1, messages });
  }
  await producer.disconnect();
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return { [topic]: Object.fromEntries(offsets.map(({ partition, high }) => [partition, Number(high)])) };
}

/** Milliseconds per record, between the commits of the first fifth and of the last record. */
async function runBare(kafka: Kafka, groupId: string): Promise<number> {
  const consumer = kafka.consumer({ groupId, ...groupTimings, maxWaitTimeInMs: 200 });
  const done = Promise.withResolvers<number>();
  const clock = createClock();
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      async eachBatch({ batch }) {
        const offset = String(Number(batch.lastOffset()) + 1);
        await consumer.commitOffsets([{ topic, partition: batch.partition, offset }]);
        const msPerRecord = clock.committed(batch.messages.length);
        if (msPerRecord !== undefined) done.resolve(msPerRecord);
      },
    });
    return await done.promise;
  } finally {
    await consumer.disconnect();
  }
}

interface Clock {
  /** Takes records that were committed; gives the time per record once they are all. */
  readonly committed: (count: number) => number | undefined;
}

function createClock(): Clock {
  let done = 0;
  let start: { readonly ms: number; readonly done: number } | undefined;
  return {
    committed(count) {
      done += count;
      if (start === undefined && done >= startAt) start = { ms: performance.now(), done };
      if (done < records || start === undefined) return undefined;
      return (performance.now() - start.ms) / (records - start.done);
    },
  };
}

/** Likewise. */
async function runRunner(
  options: Pick<LocalRunOptions, 'broker' | 'endpoints'>,
  groupId: string,
  ends: EndOffsets,
): Promise<number> {
  const files = await writeLocalApp([
    {
      name: 'bench',
      source: 'export const handler = async () => {};',
      function: { MemorySize: 1769 },
      mapping: {
        Topics: [topic],
        BatchSize: 10_000,
        MaximumBatchingWindowInSeconds: 0,
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: groupId },
      },
    },
  ]);
  const clock = createClock();
  const last = new Map<number, number>();
  let msPerRecord: number | undefined;
  try {
    const local = await startLocal({
      ...options,
      app: readApp(files.cdkOut, options.endpoints),
      onEvent(event) {
        if (event.kind !== 'committed') return;
        const { partition, offset } = event;
        msPerRecord = clock.committed(offset - (last.get(partition) ?? 0));
        last.set(partition, offset);
      },
    });
    try {
      await local.drained(ends);
      return msPerRecord ?? Number.NaN;
    } finally {
      await local.close();
    }
  } finally {
    await files.remove();
  }
}

const toRate = (msPerRecord: number): string => (1000 / msPerRecord).toFixed(0);
const [broker, endpoints] = await Promise.all([startApacheBroker(), startAwsEndpoints()]);
try {
  const kafka = createKafka(broker.bootstrapServers);
  const ends = await fill(kafka);
  const times: { readonly bare: number[]; readonly runner: number[] } = { bare: [], runner: [] };
  for (let round = 0; round <= rounds; round++) {
    const bare = await runBare(kafka, `bare-${round}`);
    const runner = await runRunner({ broker, endpoints }, `runner-${round}`, ends);
    // The first round warms up the broker's caches and this process.
    if (round === 0) continue;
    times.bare.push(bare);
    times.runner.push(runner);
    process.stdout.write(`  round ${round}: bare ${toRate(bare)}, runner ${toRate(runner)} records/s\n`);
  }
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const ratio = median(times.runner.map((runner, n) => (times.bare[n] ?? 0) / runner));
  const results = (['bare', 'runner'] as const).map((name) => {
    return { name, perSecond: Math.round(1000 / median(times[name])) };
  });
  const note = `${records} records of about 800 bytes in ${partitions} partitions, median of ${rounds} rounds`;
  process.stdout.write(`runner: ${note}\n`);
  for (const { name, perSecond } of results)
    process.stdout.write(`  ${name.padEnd(8)} ${perSecond} records/s\n`);
  process.stdout.write(`  the runner's share of the bare loop's rate, round by round: ${ratio.toFixed(2)}\n`);
  if (process.argv.includes('--save')) saveResult('runner', { note, results, ratio });
} finally {
  await Promise.all([broker.close(), endpoints.close()]);
}
