// middy with its event normalizer, which puts text in the place of a value's bytes: LZ4 has to be undone before it, and the
// value be encoded again.
import middy from '@middy/core';
import eventNormalizer from '@middy/event-normalizer';
import type { MSKEvent } from 'aws-lambda';
import { decompressFrameSync } from 'lz4-napi';
import { take } from './work.ts';

export const handler = middy<MSKEvent>()
  .before(({ event }) => {
    for (const records of Object.values(event.records))
      for (const record of records)
        record.value = decompressFrameSync(Buffer.from(record.value, 'base64')).toString('base64');
  })
  .use(eventNormalizer())
  .handler(async (event) => {
    for (const records of Object.values(event.records)) for (const { value } of records) await take(value);
    return { batchItemFailures: [] };
  });
