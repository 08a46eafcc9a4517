// A consumer that waits for S3 with every record: more lanes wait side by side.
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createConsumer, defineConsumer, text } from '../../../lib/index.ts';

const s3 = new S3Client({ forcePathStyle: true });
const definition = defineConsumer({ name: 'waiting', topic: 'orders', value: text(), order: 'none' });

export const handler = createConsumer(definition, {
  async record({ partition, offset }) {
    const Key = `${partition}/${offset}`;
    await s3.send(new PutObjectCommand({ Bucket: 'soak-dead-letters', Key, Body: Key }));
  },
});
