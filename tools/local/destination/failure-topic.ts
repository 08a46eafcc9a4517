// A Kafka topic as on-failure destination: each discarded record becomes a message of its own, with its key.
// Source: AWS Lambda guide, "Using a Kafka topic as on-failure destination"; what it leaves open is marked.
import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import type { PolledRecord } from '../event.ts';

/** Messages for the topic. */
export interface FailureMessage {
  readonly record: PolledRecord;
  readonly document: Readonly<Record<string, unknown>>;
}

/** Writes to one topic; connects with its first message. */
export interface FailureTopic {
  /** Resolves once the cluster has all messages. It rejects when the cluster refuses one. */
  readonly send: (messages: readonly FailureMessage[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

// One request's worth of documents; each holds a whole record.
const messagesPerRequest = 100;

/** Makes the writer. */
export function createFailureTopic(kafka: Kafka, topic: string): FailureTopic {
  let connecting: Promise<Producer> | undefined;
  const connect = async (): Promise<Producer> => {
    const producer = kafka.producer({
      // Keys land where Kafka's own clients put them; a record without one goes round.
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    return producer;
  };
  return {
    async send(messages) {
      connecting ??= connect();
      let producer: Producer;
      try {
        producer = await connecting;
      } catch (error) {
        connecting = undefined;
        throw error;
      }
      for (let at = 0; at < messages.length; at += messagesPerRequest) {
        await producer.send({
          topic,
          acks: -1,
          // The guide names neither headers nor a timestamp of the message: none, and the moment of writing.
          messages: messages
            .slice(at, at + messagesPerRequest)
            .map(({ record, document }) => ({ key: readKey(record), value: JSON.stringify(document) })),
        });
      }
    },
    async close() {
      // A connection that failed has told so at its first message.
      const producer = await connecting?.catch(() => undefined);
      await producer?.disconnect();
    },
  };
}

// The guide: "Original record key"; what a schema registry has made of it is in the document.
function readKey({ content, originalKey }: PolledRecord): Buffer | null {
  const key = originalKey ?? content?.key;
  return typeof key === 'string' ? Buffer.from(key, 'base64') : null;
}
