// What a deployed handler finds around it, made real on this machine: buckets, table, queue, and the environment that
// names them. Handlers read it while they load, so they are imported after this has started.

import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { createClients, type AwsClients } from '../../tools/aws/clients.ts';
import { startAwsEndpoints } from '../../tools/aws/endpoints.ts';
import { createResources } from '../../tools/aws/resources.ts';
import { readDeadLetters } from '../../tools/proof/readers/read-dead-letters.ts';

/** Real endpoints with the three consumers' resources, and clients to look into them. */
export interface Surroundings extends AwsClients {
  readonly queueUrl: string;
  /** Of a queue that takes messages of at most 2 KiB. */
  readonly smallQueueUrl: string;
  /** Keys of the objects under `prefix`. */
  list(bucket: string, prefix: string): Promise<string[]>;
  read(bucket: string, key: string): Promise<Buffer>;
  /** `consumer partition@offset code` of each dead letter, sorted. */
  deadLetters(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts them and sets `process.env` as the template does. */
export async function startSurroundings(): Promise<Surroundings> {
  const endpoints = await startAwsEndpoints();
  const clients = createClients(endpoints);
  const { queueUrls } = await createResources(
    {
      buckets: [{ name: 'dead-letters' }, { name: 'archive' }, { name: 'claims' }],
      queues: [
        { name: 'relay.fifo', fifo: true, attributes: {} },
        { name: 'small.fifo', fifo: true, attributes: { MaximumMessageSize: '2048' } },
      ],
      topics: [],
      tables: [
        {
          name: 'orders',
          keySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
          attributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
        },
      ],
    },
    endpoints,
  );
  const queueUrl = queueUrls['relay.fifo'] ?? '';
  Object.assign(process.env, endpoints.environment, {
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    TAILRACE_DEAD_LETTER_BUCKET: 'dead-letters',
    ARCHIVE_BUCKET: 'archive',
    MATERIALIZE_TABLE: 'orders',
    RELAY_QUEUE_URL: queueUrl,
    RELAY_BUCKET: 'claims',
  });
  return {
    ...clients,
    queueUrl,
    smallQueueUrl: queueUrls['small.fifo'] ?? '',
    async list(bucket, prefix) {
      const { Contents = [] } = await clients.s3.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }),
      );
      return Contents.map(({ Key = '' }) => Key);
    },
    async read(bucket, key) {
      const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    async deadLetters() {
      const found = await collect(readDeadLetters(clients.s3, 'dead-letters'));
      return found
        .map((each) => {
          const code = each.by === 'runtime' ? `${each.consumer} ${each.letter.error.code}` : each.condition;
          return `${each.partition}@${each.offset} ${code}`;
        })
        .toSorted();
    },
    async stop() {
      clients.close();
      await endpoints.close();
    },
  };
}

/** Everything that `items` gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
