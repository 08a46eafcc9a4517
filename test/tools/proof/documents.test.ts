// What mappings write about records that they give up is found again wherever it was written: by reading it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PublishCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { createClients, type AwsClients } from '../../../tools/aws/clients.ts';
import { startAwsEndpoints, type AwsEndpoints } from '../../../tools/aws/endpoints.ts';
import { createResources, toQueueUrl } from '../../../tools/aws/resources.ts';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../../tools/broker/embedded.ts';
import { createKafka } from '../../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../../tools/broker/topic.ts';
import type { Mapping } from '../../../tools/local/mapping/mapping.ts';
import type { OnFailure } from '../../../tools/local/mapping/on-failure.ts';
import { openDocuments } from '../../../tools/proof/documents.ts';
import { digest64 } from '../../../tools/traffic/digest.ts';

let broker: EmbeddedBroker;
let endpoints: AwsEndpoints;
let clients: AwsClients;
let topicArn: string;

before(async () => {
  [broker, endpoints] = await Promise.all([startEmbeddedBroker(), startAwsEndpoints()]);
  clients = createClients(endpoints);
  const queues = [{ name: 'failures', fifo: false, attributes: {} }];
  const created = await createResources(
    { buckets: [], queues, topics: [{ name: 'failed' }], tables: [] },
    endpoints,
  );
  topicArn = created.topicArns['failed'] ?? '';
});

after(async () => {
  clients.close();
  await Promise.all([broker.close(), endpoints.close()]);
});

const requestContext = {
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:mine',
  condition: 'RetryAttemptsExhausted',
};
const recordsInfo = { 'a-topic-3': { firstRecordOffset: '4', lastRecordOffset: '6' } };
const batch = JSON.stringify({ requestContext, KafkaBatchInfo: { batchSize: 2, recordsInfo } });
const found = {
  functionName: 'mine',
  topic: 'a-topic',
  condition: 'RetryAttemptsExhausted',
  record: undefined,
  ranges: [{ partition: 3, from: 4, to: 7 }],
  records: 2,
};

test('reads queues, topics that a queue was subscribed to, and Kafka topics, each once, and passes over what is no document', async () => {
  const queueUrl = (name: string): string => toQueueUrl(endpoints, name);
  const kafka = createKafka(broker.bootstrapServers);
  await ensureTopic(kafka, { topic: 'failures' });
  const destinations: readonly OnFailure[] = [
    { type: 'sqs', queue: 'failures', arn: 'arn:aws:sqs:us-east-1:000000000000:failures' },
    { type: 'sns', arn: topicArn },
    { type: 'kafka', topic: 'failures', arn: 'kafka://failures' },
    { type: 's3', bucket: 'unread', arn: 'arn:aws:s3:::unread' },
  ];
  const mappings = [...destinations, ...destinations].map((onFailure) => ({ onFailure }) as Mapping);
  const documents = await openDocuments(
    { mappings },
    {
      clients,
      queueToRead: (name) => Promise.resolve(queueUrl(name)),
      kafka: () => kafka,
    },
  );
  for (const MessageBody of [batch, "somebody else's", '{"of":"another"}'])
    await clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl('failures'), MessageBody }));
  await clients.sns.send(new PublishCommand({ TopicArn: topicArn, Message: batch }));
  const record = {
    topic: 'a-topic',
    partition: 1,
    offset: 9,
    timestamp: 5,
    timestampType: 'CREATE_TIME',
    value: 'dg==',
    headers: [],
  };
  const KafkaBatchInfo = { batchSize: 1, recordInfo: { offset: '9' } };
  const single = {
    requestContext: { ...requestContext, functionArn: `${requestContext.functionArn}:$LATEST` },
    KafkaBatchInfo,
    payload: { records: { 'a-topic-1': [record] } },
  };
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({
    topic: 'failures',
    messages: [{ value: JSON.stringify(single) }, { value: 'no document' }],
  });
  await producer.disconnect();
  assert.deepEqual(await documents.read(), [
    found,
    found,
    {
      ...found,
      record: {
        partition: 1,
        offset: 9,
        keyDigest: 0n,
        digest: digest64('v'),
        headersDigest: 0,
        timestampMs: 5,
      },
      ranges: [],
      records: 1,
    },
  ]);
});
