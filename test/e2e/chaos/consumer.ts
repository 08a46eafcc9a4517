// The consumer under chaos: it notes which records it has seen, in one S3 object per lane and delivery, and nothing else.
// Cheap, so that a million records take minutes; durable, so that a note means that the record has landed.
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createConsumer, defineConsumer, json, type ConsumerHandler } from '../../../lib/index.ts';
import { landingKey, type ChaosRecord } from './record.ts';

const config = defineConsumer({ name: 'chaos', topic: 'chaos', value: json(), order: 'partition' });
const client = new S3Client({});
const bucket = process.env['FAILURE_BUCKET'];

// So that the one who plans the faults knows whom to kill.
process.stdout.write(`sandbox ${process.pid}\n`);

/** Lambda's entry point. Environment: `FAILURE_BUCKET`, `TAILRACE_DEAD_LETTER_BUCKET`. */
export const handler: ConsumerHandler = createConsumer(
  config,
  {
    async batch(records) {
      // The clock of the machine, the same for every process: notes are put in order by it.
      const startedAt = process.hrtime.bigint();
      const numbers: number[] = [];
      for await (const { value } of records) numbers.push((value as ChaosRecord).n);
      if (numbers.length === 0) return;
      const Body = Buffer.from(Uint32Array.from(numbers).buffer);
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: landingKey(startedAt), Body }));
    },
  },
  { metrics: false },
);
