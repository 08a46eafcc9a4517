// The local runner from poll to commit with a function that does nothing, and a bare kafkajs eachBatch loop that commits as
// it goes: the same topic on Apache Kafka, in turns. What lies between the two is the event, the sandbox and the verdict.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import kafkajs, { type Kafka } from 'kafkajs';
import { startAwsEndpoints } from '../tools/aws/endpoints.ts';
import { startApacheBroker } from '../tools/broker/apache/broker.ts';
import { createKafka } from '../tools/broker/kafka-client.ts';
import { ensureTopic } from '../tools/broker/topic.ts';
import { readApp, startLocal, type EndOffsets, type LocalRunOptions } from '../tools/local/run.ts';
import { writeLocalApp } from '../test/support/local-app.ts';
import { toDocument } from './document.ts';
import { createRecordClock, type Cost } from './record-clock.ts';
import { median } from './median.ts';
import { saveResult } from './report.ts';

const topic = 'orders';
const partitions = 12;
const records = 600_000;
const rounds = 3;
const run = promisify(execFile);

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

/** What a record costs a plain loop, in a process of its own. */
async function runBare(bootstrapServers: string, groupId: string): Promise<Cost> {
  const script = fileURLToPath(new URL('bare-consumer.ts', import.meta.url));
  const { stdout } = await run(process.execPath, [script, bootstrapServers, topic, groupId, String(records)]);
  return JSON.parse(stdout) as Cost;
}

/** What it costs the runner. */
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
  const clock = createRecordClock(records);
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
      if (cost === undefined) throw new Error('drained before enough records were seen to be committed');
      return cost;
    } finally {
      await local.close();
    }
  } finally {
    await files.remove();
  }
}

const [broker, endpoints] = await Promise.all([startApacheBroker(), startAwsEndpoints()]);
try {
  const kafka = createKafka(broker.bootstrapServers);
  const ends = await fill(kafka);
  const costs: { readonly bare: Cost; readonly runner: Cost }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const bare = await runBare(broker.bootstrapServers, `bare-${round}`);
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
