// A plain kafkajs eachBatch loop that commits as it goes, in a process of its own and with kafkajs as it comes: what the
// local runner is measured against. Prints the cost of a record as JSON.
// Arguments: <bootstrap servers> <topic> <group> <records>.
import kafkajs from 'kafkajs';
import { createRecordClock, type Cost } from './record-clock.ts';

const [bootstrapServers = '', topic = '', groupId = '', records = ''] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({ brokers: [bootstrapServers], logLevel: kafkajs.logLevel.ERROR });
const consumer = kafka.consumer({
  groupId,
  sessionTimeout: 6000,
  heartbeatInterval: 1500,
  maxWaitTimeInMs: 200,
});
const clock = createRecordClock(Number(records));
const done = Promise.withResolvers<Cost>();
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
  process.stdout.write(`${JSON.stringify(await done.promise)}\n`);
} finally {
  await consumer.disconnect();
}
