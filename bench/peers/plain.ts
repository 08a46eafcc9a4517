// What one writes without a library: a loop with lz4-napi.
import type { MSKEvent } from 'aws-lambda';
import { decompressFrameSync } from 'lz4-napi';
import { take } from './work.ts';

export async function handler(event: MSKEvent): Promise<{ readonly batchItemFailures: readonly [] }> {
  for (const records of Object.values(event.records))
    for (const { value } of records)
      await take(JSON.parse(decompressFrameSync(Buffer.from(value, 'base64')).toString()));
  return { batchItemFailures: [] };
}
