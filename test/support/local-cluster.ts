// A local app at work on a broker and the local AWS endpoints, for tests: started, fed, read back, closed.
import type { _Object } from '@aws-sdk/client-s3';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { channel } from 'node:diagnostics_channel';
import type { Message } from 'kafkajs';
import { createClients, type AwsClients } from '../../tools/aws/clients.ts';
import { startAwsEndpoints, type AwsEndpoints } from '../../tools/aws/endpoints.ts';
import { startApacheBroker } from '../../tools/broker/apache/broker.ts';
import type { Broker } from '../../tools/broker/broker.ts';
import { startEmbeddedBroker } from '../../tools/broker/embedded.ts';
import { createKafka } from '../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../tools/broker/topic.ts';
import type { LocalEvent } from '../../tools/local/events.ts';
import {
  readApp,
  startLocal,
  type EndOffsets,
  type LocalRun,
  type LocalRunOptions,
} from '../../tools/local/run.ts';
import { toKafkaTopics } from '../../tools/template/topology.ts';
import { payloadMark } from '../../tools/setup/payload-dump.ts';
import { writeLocalApp, type LocalAppConsumer } from './local-app.ts';

/** Broker and endpoints that the tests of one file share; every run uses topics and buckets of its own. */
export interface LocalCluster {
  readonly broker: Broker;
  readonly endpoints: AwsEndpoints;
  readonly clients: AwsClients;
  /** Writes messages to a topic and returns its end offsets. */
  readonly produce: (topic: string, messages: readonly Message[]) => Promise<EndOffsets>;
  /** Keys and texts of all objects in a bucket. */
  readonly readBucket: (bucket: string) => Promise<ReadonlyMap<string, string>>;
  /** Writes and starts an app; `events` keeps everything that it tells. */
  readonly run: (
    consumers: readonly LocalAppConsumer[],
    options?: Partial<LocalRunOptions> & {
      readonly resources?: Readonly<Record<string, unknown>>;
      /** Names of the consumers to run; default all. */
      readonly only?: readonly string[];
      /** Values for functions' variables, endpoints among them, in place of the template's. */
      readonly variables?: Readonly<Record<string, string>>;
    },
  ) => Promise<{ readonly local: LocalRun; readonly events: readonly LocalEvent[] }>;
  readonly close: () => Promise<void>;
}

/** Starts broker and endpoints; the broker is the embedded one, or Apache Kafka if `TAILRACE_TEST_BROKER` is `apache`. */
export async function startLocalCluster(
  options: {
    /** Whether records get the mark of payloads; false where a test's function prints records on purpose. Default true. */
    readonly marksRecords?: boolean;
  } = {},
): Promise<LocalCluster> {
  const toSent = options.marksRecords === false ? (message: Message) => message : withMark;
  const isApache = process.env['TAILRACE_TEST_BROKER'] === 'apache';
  const [broker, endpoints] = await Promise.all([
    isApache ? startApacheBroker() : startEmbeddedBroker(),
    startAwsEndpoints(),
  ]);
  const clients = createClients(endpoints);
  const kafka = createKafka(broker.bootstrapServers);
  const cleanups: (() => Promise<void>)[] = [];
  return {
    broker,
    endpoints,
    clients,
    async produce(topic, messages) {
      await ensureTopic(kafka, { topic });
      const producer = kafka.producer();
      await producer.connect();
      try {
        await producer.send({ topic, messages: messages.map(toSent) });
      } finally {
        await producer.disconnect();
      }
      const admin = kafka.admin();
      await admin.connect();
      try {
        const offsets = await admin.fetchTopicOffsets(topic);
        return {
          [topic]: Object.fromEntries(offsets.map(({ partition, high }) => [partition, Number(high)])),
        };
      } finally {
        await admin.disconnect();
      }
    },
    async readBucket(bucket) {
      const objects: _Object[] = [];
      let token: string | undefined;
      do {
        const page = await clients.s3.send(
          new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }),
        );
        objects.push(...(page.Contents ?? []));
        token = page.NextContinuationToken;
      } while (token !== undefined);
      const read = async ({ Key = '' }: _Object): Promise<readonly [key: string, text: string]> => {
        const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
        return [Key, (await Body?.transformToString()) ?? ''];
      };
      const texts: (readonly [key: string, text: string])[] = [];
      // The SDK has 50 sockets; more requests at once only wait for one.
      for (let at = 0; at < objects.length; at += 50)
        texts.push(...(await Promise.all(objects.slice(at, at + 50).map(read))));
      return new Map(texts);
    },
    async run(consumers, { resources, only, variables, ...options } = {}) {
      const files = await writeLocalApp(consumers, resources);
      cleanups.push(files.remove);
      const app = readApp(files.cdkOut, endpoints, {
        ...(only && { consumers: only }),
        ...(variables && { variables }),
      });
      for (const topic of toKafkaTopics(app)) await ensureTopic(kafka, { topic });
      const events: LocalEvent[] = [];
      const local = await startLocal({
        app,
        broker,
        endpoints,
        backoffMs: 0,
        ...options,
        onEvent(event) {
          events.push(event);
          channel('tailrace:payload-dump').publish(JSON.stringify(event));
          options.onEvent?.(event);
        },
      });
      cleanups.push(local.close);
      return { local, events };
    },
    async close() {
      for (const cleanup of cleanups.toReversed()) await cleanup();
      clients.close();
      await Promise.all([broker.close(), endpoints.close()]);
    },
  };
}

/** Headers are payload, too: this one shows wherever it gets to. */
function withMark(message: Message): Message {
  return message.headers === undefined ? { ...message, headers: { mark: payloadMark } } : message;
}
