// The event that whole invocations are measured with: 6 MB of LZ4-compressed JSON records of about 800 bytes.

import { compressFrameSync } from 'lz4-napi';

import { toDocument } from './document.ts';

const maxEventBytes = 6 * 1024 * 1024;

/** Event text filled with records until 6 MB are reached, and how many they are. */
export function createEventText(): { readonly text: string; readonly records: number } {
  const partitions = 4;
  const groups: Record<string, unknown[]> = {};
  let size = 200;
  let offset = 0;
  for (; ; offset++) {
    const record = {
      topic: 'orders',
      partition: offset % partitions,
      offset: Math.floor(offset / partitions),
      timestamp: 1_767_225_600_000 + offset,
      timestampType: 'CREATE_TIME',
      key: Buffer.from(`order-${offset}`).toString('base64'),
      value: compressFrameSync(Buffer.from(JSON.stringify(toDocument(offset)))).toString('base64'),
      headers: [],
    };
    size += JSON.stringify(record).length + 1;
    if (size > maxEventBytes) break;
    (groups[`orders-${offset % partitions}`] ??= []).push(record);
  }
  return { text: JSON.stringify({ eventSource: 'aws:kafka', records: groups }), records: offset };
}
