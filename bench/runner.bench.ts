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

/** The cost of a record between the commits of the first fifth and of the last one. */
async function runBare(kafka: Kafka, groupId: string): Promise<Cost> {
  const consumer = kafka.consumer({ groupId, ...groupTimings, maxWaitTimeInMs: 200 });
  const done = Promise.withResolvers<Cost>();
  const clock = createClock();
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      async eachBatch({ batch }) {
        const offset = String(Number(batch.lastOffset()) + 1);
        await consumer.commitOffsets([{ topic, partition: batch.partition, offset }]);
        const cost = clock.committed(batch.messages.length);
        if (cost !== undefined) done.resolve(cost);
      },
    });
    return await done.promise;
  } finally {
    await consumer.disconnect();
  }
}

/** Milliseconds per record: of the day, and of this process's processor time, which a busy machine disturbs less. */
interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

interface Clock {
  /** Takes records that were committed; gives the cost of one once they are all. */
  readonly committed: (count: number) => Cost | undefined;
}

function now(): Cost {
  const { user, system } = process.cpuUsage();
  return { ms: performance.now(), cpuMs: (user + system) / 1000 };
}

function createClock(): Clock {
  let done = 0;
  let start: (Cost & { readonly done: number }) | undefined;
  return {
    committed(count) {
      done += count;
      if (start === undefined && done >= startAt) start = { ...now(), done };
      if (done < records || start === undefined) return undefined;
      const { ms, cpuMs } = now();
      const measured = records - start.done;
      return { ms: (ms - start.ms) / measured, cpuMs: (cpuMs - start.cpuMs) / measured };
    },
  };
}

/** Likewise. */
async function runRunner(
  options: Pick<LocalRunOptions, 'broker' | 'endpoints'>,
  groupId: string,
  ends: EndOffsets,
): Promise<Cost> {
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
  let cost: Cost | undefined;
  try {
    const local = await startLocal({
      ...options,
      app: readApp(files.cdkOut, options.endpoints),
      onEvent(event) {
        if (event.kind !== 'committed') return;
        const { partition, offset } = event;
        cost = clock.committed(offset - (last.get(partition) ?? 0));
        last.set(partition, offset);
      },
    });
    try {
      await local.drained(ends);
      if (cost === undefined) throw new Error('drained before all records were seen to be committed');
      return cost;
    } finally {
      await local.close();
    }
  } finally {
    await files.remove();
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const [broker, endpoints] = await Promise.all([startApacheBroker(), startAwsEndpoints()]);
try {
  const kafka = createKafka(broker.bootstrapServers);
  const ends = await fill(kafka);
  const costs: { readonly bare: Cost; readonly runner: Cost }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const bare = await runBare(kafka, `bare-${round}`);
    const runner = await runRunner({ broker, endpoints }, `runner-${round}`, ends);
    // The first round warms up the broker's caches and this process.
    if (round > 0) costs.push({ bare, runner });
  }
  const results = (['bare', 'runner'] as const).map((name) => ({
    name,
    perSecond: Math.round(1000 / median(costs.map((cost) => cost[name].ms))),
    cpuMicrosPerRecord: median(costs.map((cost) => cost[name].cpuMs)) * 1000,
  }));
  const ratio = median(costs.map(({ bare, runner }) => bare.ms / runner.ms));
  const cpuRatio = median(costs.map(({ bare, runner }) => bare.cpuMs / runner.cpuMs));
  const note = `${records} records of about 800 bytes in ${partitions} partitions, median of ${rounds} rounds`;
  process.stdout.write(`runner: ${note}\n`);
  for (const { name, perSecond, cpuMicrosPerRecord } of results) {
    const cpu = `${cpuMicrosPerRecord.toFixed(1)} µs of this process's CPU each`;
    process.stdout.write(`  ${name.padEnd(8)} ${perSecond} records/s, ${cpu}\n`);
  }
  process.stdout.write(
    `  runner against bare, round by round: ${ratio.toFixed(2)} of the rate, ${cpuRatio.toFixed(2)} by processor time\n`,
  );
  if (process.argv.includes('--save')) saveResult('runner', { note, results, ratio, cpuRatio });
} finally {
  await Promise.all([broker.close(), endpoints.close()]);
}
