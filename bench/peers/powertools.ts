// Powertools for AWS Lambda (TypeScript), Kafka utility. It undoes no compression, so LZ4 is undone by hand.
import { kafkaConsumer, SchemaType } from '@aws-lambda-powertools/kafka';
import { decompressFrameSync } from 'lz4-napi';
import { take } from './work.ts';

export const handler = kafkaConsumer(
  async (event) => {
    for (const { originalValue } of event.records)
      await take(JSON.parse(decompressFrameSync(Buffer.from(originalValue ?? '', 'base64')).toString()));
    return { batchItemFailures: [] };
  },
  { value: { type: SchemaType.JSON } },
);
