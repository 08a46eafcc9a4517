// The consumer under chaos: it notes which records it has seen, in one S3 object per lane and delivery, and nothing else.
// Cheap, so that a million records take minutes; durable, so that a note means that the record has landed.
import { setTimeout as delay } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { bytes, createConsumer, defineConsumer, json, type ConsumerHandler } from '../../../../lib/index.ts';
import { noteKey, writeNote, type NotedRecord } from './note.ts';
import { digestOf, type ChaosRecord } from './record.ts';

const config = defineConsumer({
  name: 'chaos',
  topic: 'chaos',
  key: bytes(),
  value: json(),
  order: 'partition',
});
const client = new S3Client({});
const bucket = process.env['FAILURE_BUCKET'];
// Work that is over at once would hardly ever be under way when something is killed.
const workMs = [20, 120] as const;

// So that the one who plans the faults knows whom to kill.
process.stdout.write(`sandbox ${process.pid}\n`);

/** Lambda's entry point. Environment: `FAILURE_BUCKET`, `TAILRACE_DEAD_LETTER_BUCKET`. */
export const handler: ConsumerHandler = createConsumer(
  config,
  {
    async batch(records) {
      // The clocks of the machine, the same for every process: notes are put in order by the first, and compared with the
      // broker's commits by the second.
      const [startedAt, startedMs] = [process.hrtime.bigint(), Date.now()];
      const noted: NotedRecord[] = [];
      for await (const record of records) {
        const digest = digestOf(record.key ?? '', record.toBuffer() ?? '', record.headers);
        noted.push({ n: (record.value as ChaosRecord).n, digest });
      }
      if (noted.length === 0) return;
      // Longer for some than for others, and the same for each batch in every run.
      await delay(workMs[0] + ((noted[0]?.n ?? 0) % 11) * ((workMs[1] - workMs[0]) / 11));
      const Body = writeNote(startedMs, noted);
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: noteKey(startedAt), Body }));
    },
  },
  { metrics: false },
);
