// Where the mappings of an app write about records that they give up, and how to read all of it back. Own file: an SNS topic
// keeps nothing, so somebody has to listen before anything is written there.

import type { Kafka } from 'kafkajs';
import type { AwsClients } from '../aws/clients.ts';
import type { Topology } from '../template/topology.ts';
import {
  readQueueDocuments,
  readTopicDocuments,
  subscribeQueue,
  type FailureDocument,
} from './readers/read-documents.ts';

/** Everything that the mappings write outside of buckets. */
export interface Documents {
  /** Reads what has been written so far; what was in a queue is taken out of it. */
  readonly read: () => Promise<readonly FailureDocument[]>;
}

/** What the documents are read with. */
export interface DocumentSources {
  readonly clients: Pick<AwsClients, 'sqs' | 'sns'>;
  /** URL of the queue to read for one of this name, which is emptied. */
  readonly queueToRead: (name: string) => Promise<string>;
  /** Connects to the mappings' cluster. */
  readonly kafka: () => Kafka;
}

/** Prepares to read the documents of an app whose queues and topics are there. */
export async function openDocuments(
  { mappings }: Pick<Topology, 'mappings'>,
  { clients, queueToRead, kafka }: DocumentSources,
): Promise<Documents> {
  const destinations = mappings.flatMap(({ onFailure }) => onFailure ?? []);
  const pick = (type: 'sqs' | 'sns' | 'kafka'): readonly string[] => [
    ...new Set(
      destinations.flatMap((each) => {
        if (each.type !== type) return [];
        return each.type === 'sqs' ? each.queue : each.type === 'kafka' ? each.topic : each.arn;
      }),
    ),
  ];
  const subscribed = await Promise.all(
    pick('sns').map((arn, index) => subscribeQueue(clients, arn, `tailrace-proof-${process.pid}-${index}`)),
  );
  return {
    async read() {
      const documents: FailureDocument[] = [];
      const drain = async (url: string, isWrapped: boolean): Promise<void> => {
        for await (const document of readQueueDocuments(clients.sqs, url, isWrapped))
          documents.push(document);
      };
      for (const name of pick('sqs')) await drain(await queueToRead(name), false);
      for (const url of subscribed) await drain(url, true);
      for (const topic of pick('kafka')) documents.push(...(await readTopicDocuments(kafka(), topic)));
      return documents;
    },
  };
}
