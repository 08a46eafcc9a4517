// Failed records for tests, as short as they can be.
import { toId, type FailedRecord, type Place } from '../../../tools/dead-letters/failed-record.ts';

export function failedRecord(
  at: {
    readonly partition?: number;
    readonly offset: number;
    readonly key?: string | null;
    readonly redrives?: number;
  },
  more: Partial<FailedRecord> = {},
): FailedRecord {
  const { partition = 0, offset, key = `key-${offset}`, redrives } = at;
  const place: Place = {
    kind: 'letter',
    bucket: 'letters',
    key: `dead-letter/c/t/${partition}/${offset}.json`,
    etag: '"1"',
  };
  const record = {
    topic: 't',
    partition,
    offset,
    timestamp: 1_767_225_600_000 + offset,
    timestampType: 'CREATE_TIME',
    ...(key === null ? {} : { key: Buffer.from(key).toString('base64') }),
    value: Buffer.from('{"a":{"b":1}}').toString('base64'),
    headers: redrives === undefined ? [] : [{ 'tailrace-redrive-count': [...Buffer.from(String(redrives))] }],
  };
  const failed: FailedRecord = {
    id: '',
    place,
    consumer: 'c',
    namedAs: 'consumer',
    topic: 't',
    partition,
    offset,
    code: 'CORRUPT',
    message: 'a message',
    failedAtMs: 1_767_225_600_000,
    attempts: undefined,
    isCertain: true,
    record,
    ...more,
  };
  return { ...failed, id: toId(failed.place, failed) };
}
