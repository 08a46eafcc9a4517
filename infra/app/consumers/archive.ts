// What the archive consumer writes to: a bucket of compressed NDJSON objects.

import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ConsumerDefinition } from '../../../lib/definition/define-consumer.ts';
import type { KafkaConsumer } from '../../kafka-consumer.ts';
import type { KafkaConsumers } from '../../kafka-consumers.ts';
import { addBucket } from '../tailrace-stack.ts';

/** Adds the archive consumer, its bucket, and the right to write there. */
export function addArchive(consumers: KafkaConsumers, definition: ConsumerDefinition): KafkaConsumer {
  const bucket = addBucket(consumers, 'ArchiveBucket');
  const consumer = consumers.add(definition, { environment: { ARCHIVE_BUCKET: bucket.bucketName } });
  consumer.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      sid: 'WriteArchive',
      // Objects are streamed up in parts; an upload that fails is taken back.
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      resources: [bucket.arnForObjects(`archive/${definition.topic}/*`)],
    }),
  );
  return consumer;
}
