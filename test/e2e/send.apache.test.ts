// `tailrace send` to a broker that refuses: Apache Kafka, with limits of its own.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startApacheBroker } from '../../tools/broker/apache/broker.ts';
import { createKafka } from '../../tools/broker/kafka-client.ts';
import { createTemporaryFolder } from '../../tools/temporary-folder.ts';
import { whyNoApache } from '../support/apache.ts';
import { runCli } from '../support/cli.ts';

test(
  'says why the broker refuses, and how many records were sent before',
  { skip: await whyNoApache(), timeout: 120_000 },
  async (t) => {
    const broker = await startApacheBroker();
    t.after(async () => await broker.close());
    const folder = await createTemporaryFolder('send');
    t.after(folder.remove);
    const admin = createKafka(broker.bootstrapServers).admin();
    await admin.connect();
    const configEntries = [{ name: 'max.message.bytes', value: '100000' }];
    await admin.createTopics({ topics: [{ topic: 'small', numPartitions: 1, configEntries }] });
    await admin.disconnect();

    const file = join(folder.path, 'records.ndjson');
    const secret = 'secret'.repeat(50_000);
    await writeFile(file, `${'1\n'.repeat(500)}${JSON.stringify(secret)}\n`);
    const send = async (topic: string) =>
      await runCli(['send', topic, file, '--brokers', broker.bootstrapServers]);
    const large = await send('small');
    assert.equal(large.code, 3);
    assert.equal(
      large.stderr.trim(),
      'tailrace: the broker refuses records for small, got The request included a message larger than the max message size the server will accept; 500 records sent before',
    );
    const nameless = await send('no topic!');
    assert.equal(nameless.code, 3);
    assert.match(
      nameless.stderr,
      /^tailrace: the broker refuses records for no topic!, got .*; 0 records sent before$/m,
    );
    assert.doesNotMatch(nameless.stderr, /^\s+at /m);
  },
);
