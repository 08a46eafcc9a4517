// Where the producer puts records, and which time they have.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Kafka } from 'kafkajs';
import {
  embeddedPartitions,
  startEmbeddedBroker,
  type EmbeddedBroker,
} from '../../../tools/broker/embedded.ts';
import { createKafka } from '../../../tools/broker/kafka-client.ts';
import { produceTraffic } from '../../../tools/traffic/producer.ts';
import type { TrafficRecord } from '../../../tools/traffic/record.ts';

let broker: EmbeddedBroker;
let kafka: Kafka;

before(async () => {
  broker = await startEmbeddedBroker();
  kafka = createKafka(broker.bootstrapServers);
});

after(() => broker.close());

test('puts records where they say, spreads those without a key, and keeps their own time', async () => {
  const record = {
    kind: 'good',
    value: Buffer.from('v'),
    headers: {},
    documentDigest: 1n,
    valueDigest: 2n,
  } as const;
  const records: TrafficRecord[] = Array.from({ length: 40 }, (_, sequence) => ({
    ...record,
    sequence,
    key: sequence < 20 ? null : Uint8Array.of(0xff, sequence),
    timestampMs: 1_700_000_000_000 + sequence,
    ...(sequence % 2 === 0 && { partition: 3 }),
  }));
  const { ledger } = await produceTraffic({ kafka, topic: 'placed', records });
  for (const { sequence, partition, timestampMs } of ledger) {
    if (sequence % 2 === 0) assert.equal(partition, 3);
    assert.equal(timestampMs, 1_700_000_000_000 + sequence);
  }
  const spread = [...ledger].filter(({ sequence }) => sequence < 20 && sequence % 2 === 1);
  assert.equal(new Set(spread.map(({ partition }) => partition)).size, embeddedPartitions);
  const beyond = [{ ...record, sequence: 0, key: null, partition: embeddedPartitions }];
  await assert.rejects(produceTraffic({ kafka, topic: 'placed', records: beyond }), {
    code: 'TRAFFIC_OPTION',
  });
});
