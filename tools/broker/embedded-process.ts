// The embedded broker's own process: librdkafka's mock cluster, held open until the parent lets go of our stdin.
// A process of its own because librdkafka logs straight to file descriptor 1 from native threads (no hook reaches it),
// and because the records it keeps in memory must not count as the tool's. Started by embedded.ts, never imported.
import { KafkaClient } from 'kafka-crab-js';

// Ctrl-C reaches the whole process group: the broker has to outlive the pollers that are being stopped then.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});

const client = new KafkaClient({
  brokers: 'embedded', // ignored by the mock cluster, but must not be empty
  clientId: 'tailrace-embedded-broker',
  // `info` is the least that prints the bootstrap address, and the most that stays silent per request.
  logLevel: 'info',
  diagnostics: false,
  configuration: { 'test.mock.num.brokers': '1' },
});
const producer = client.createProducer();

// A pipe whose other end is gone, even by SIGKILL of the parent, ends: no orphan survives. The closure also keeps
// client and producer referenced: once collected, the cluster's port closes.
process.stdin.on('close', () => {
  process.exit(producer.inFlightCount() === 0 && client !== undefined ? 0 : 1);
});
process.stdin.resume();
