import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../../support/property.ts';

import {
  EventError,
  EventUsedError,
  RecordError,
  type EventRecord,
} from '../../../../lib/runtime/event/event.ts';
import { takeRecords } from '../../../../lib/runtime/event/take-records.ts';
import { toEvent } from '../../../support/events.ts';

/** The one record of an event, with these fields in place of a sound record's. */
function take(fields: object, group = 'my-topic-3'): EventRecord {
  const sound = {
    topic: 'my-topic',
    partition: 3,
    offset: 7,
    timestamp: 1_767_225_600_000,
    timestampType: 'CREATE_TIME',
    key: 'aw==',
    value: 'dg==',
    headers: [{ h: [1] }],
  };
  const records = { [group]: [{ ...sound, ...fields }] };
  const [taken] = takeRecords({ eventSource: 'aws:kafka', records });
  const [record] = taken?.records ?? [];
  assert.ok(record);
  return record;
}

/** The code and the field of the fault that such a record has; undefined when it is delivered. */
const faultOf = (fields: object): readonly [string, string] | undefined => {
  const { fault } = take(fields);
  return fault && [fault.code, fault.field];
};

describe('an event', () => {
  test('gives its records as they are, by partition, and is left without', () => {
    const event = toEvent([
      { offset: 1, value: 'a' },
      { offset: 5, partition: 1, value: 'b' },
      { offset: 2, value: 'c' },
    ]);
    const expected = structuredClone(event.records);
    const groups = takeRecords(event);
    assert.deepEqual(Object.fromEntries(groups.map(({ group, records }) => [group, records])), expected);
    assert.deepEqual(event.records, { 'orders-0': [], 'orders-1': [] });
  });

  test('is refused as a whole only where it is no event of a Kafka mapping', () => {
    const wrong: readonly (readonly [event: unknown, field: string])[] = [
      [undefined, 'event'],
      ['text', 'event'],
      [[], 'event'],
      [{}, 'eventSource'],
      [{ eventSource: 'aws:sqs', records: {} }, 'eventSource'],
      [{ eventSource: 'aws:kafka' }, 'records'],
      [{ eventSource: 'aws:kafka', records: [] }, 'records'],
      [{ eventSource: 'SelfManagedKafka', records: { 'orders-0': 'x' } }, 'records.orders-0'],
    ];
    for (const [event, field] of wrong) {
      assert.throws(
        () => takeRecords(event),
        (error) => error instanceof EventError && error.code === 'INVALID_EVENT' && error.field === field,
      );
    }
    for (const eventSource of ['aws:kafka', 'SelfManagedKafka', 'aws:SelfManagedKafka'])
      assert.deepEqual(takeRecords({ eventSource, records: { 'orders-0': [], 'orders-1': null } }), []);
  });

  test('is refused the second time, also as a copy that shares its records', () => {
    const event = toEvent([{ offset: 0 }]);
    takeRecords(event);
    for (const again of [event, { ...event }])
      assert.throws(
        () => takeRecords(again),
        (error) => error instanceof EventUsedError && error.code === 'EVENT_USED',
      );
  });

  test('that is frozen is read all the same', () => {
    const event = toEvent([{ offset: 0 }]);
    for (const list of Object.values(event.records)) Object.freeze(list);
    Object.freeze(event.records);
    assert.equal(takeRecords(event)[0]?.records.length, 1);
  });
});

describe('a record of an event', () => {
  test('that is sound is taken as the very object that it is', () => {
    const event = toEvent([{ offset: 0, key: 'k', value: 'v', headers: [['h', 'v']] }, { offset: 1 }]);
    const expected = [...(event.records['orders-0'] ?? [])];
    const taken = takeRecords(event)[0]?.records ?? [];
    for (const [index, record] of taken.entries()) assert.equal(record, expected[index]);
  });

  test('is delivered whatever its timestamp is', () => {
    const nanoseconds = 1_795_996_800_000_000_000;
    const timestamps: readonly (readonly [given: unknown, expected: number])[] = [
      [nanoseconds, nanoseconds],
      [1_795_996_800_000_000, 1_795_996_800_000_000],
      [-1, -1],
      [1.5, 1.5],
      ['1795996800000', 1_795_996_800_000],
      ['yesterday', -1],
      [null, -1],
      [undefined, -1],
      [{}, -1],
    ];
    for (const [given, expected] of timestamps) {
      const { timestamp, fault } = take({ timestamp: given });
      assert.deepEqual([timestamp, fault], [expected, undefined]);
    }
    assert.equal(take({ timestampType: undefined }).timestampType, 'NO_TIMESTAMP_TYPE');
  });

  test('has its topic and partition from text, or from the name of its group', () => {
    const place = ({ topic, partition, fault }: EventRecord): unknown => [topic, partition, fault];
    assert.deepEqual(place(take({ partition: '3' })), ['my-topic', 3, undefined]);
    assert.deepEqual(place(take({ partition: 'three', topic: 7 })), ['my-topic', 3, undefined]);
    assert.deepEqual(place(take({ partition: null, topic: null }, 'no partition')), ['', -1, undefined]);
  });

  test('whose offset no answer can name has a fault, and its offset as it is', () => {
    const unsafe = 9_007_199_254_740_992;
    const { offset, fault } = take({ offset: unsafe });
    assert.deepEqual([offset, fault?.code], [unsafe, 'UNSAFE_OFFSET']);
    for (const odd of [1.5, Number.NaN, 'seven', '99999999999999999999', null, undefined, {}, [7]])
      assert.deepEqual(faultOf({ offset: odd }), ['UNSAFE_OFFSET', 'offset']);
    assert.equal(take({ offset: '42' }).offset, 42);
    // Neither an answer nor a dead letter can name it, whatever else is wrong.
    assert.deepEqual(faultOf({ offset: unsafe, value: 7 }), ['UNSAFE_OFFSET', 'offset']);
  });

  test('whose key or value is no text has a fault that keeps what it was', () => {
    for (const part of ['key', 'value']) {
      for (const odd of [7, true, {}, ['dg==']])
        assert.deepEqual(faultOf({ [part]: odd }), ['INVALID_RECORD', part]);
      for (const sound of ['', null, undefined]) assert.equal(faultOf({ [part]: sound }), undefined);
    }
    const { fault, value } = take({ value: { secret: 1 } });
    assert.deepEqual([fault?.issues, value], [['value: {"secret":1}'], null]);
    assert.doesNotMatch(fault?.message ?? '', /secret/);
  });

  test('with several odd fields has a fault that keeps all of them whole', () => {
    const long = 'x'.repeat(20_000);
    const { fault } = take({ key: { id: 7 }, value: { long }, headers: [7, { a: 8 }] });
    assert.deepEqual(fault?.issues, ['key: {"id":7}', `value: {"long":"${long}"}`, 'headers: [7,{"a":8}]']);
    assert.equal(fault.field, 'key');
  });

  test('has headers where their meaning is clear, and a fault where it is not', () => {
    const headersOf = (headers: unknown): unknown => {
      const record = take({ headers });
      return record.fault ? record.fault.field : record.headers;
    };
    assert.deepEqual(headersOf({}), []);
    assert.deepEqual(headersOf({ a: [1], b: [2] }), [{ a: [1] }, { b: [2] }]);
    assert.deepEqual(headersOf([{ a: null }, { b: 'é' }, {}]), [{ a: [] }, { b: [0xc3, 0xa9] }]);
    assert.deepEqual(headersOf(null), null);
    for (const odd of ['text', 7, [null], ['text'], [7], [[1]], [{ a: 7 }], [{ a: { b: 1 } }]])
      assert.equal(headersOf(odd), 'headers');
  });

  test('has schema metadata without an id as an empty id, which framed formats refuse', () => {
    const metadataOf = (metadata: unknown): unknown =>
      take({ valueSchemaMetadata: metadata }).valueSchemaMetadata;
    assert.deepEqual(metadataOf({ dataFormat: 'JSON' }), { dataFormat: 'JSON', schemaId: '' });
    assert.deepEqual(metadataOf({ dataFormat: 'AVRO', schemaId: 7 }), { dataFormat: 'AVRO', schemaId: '7' });
    assert.deepEqual(metadataOf('AVRO'), { dataFormat: '', schemaId: '' });
    assert.equal(metadataOf(null), null);
  });

  test('that is none is reported', () => {
    for (const odd of [null, 'text', 7, [], undefined]) {
      const event = { eventSource: 'aws:kafka', records: { 'orders-0': [odd] } };
      const [record] = takeRecords(event)[0]?.records ?? [];
      assert.equal(record?.fault?.code, 'UNSAFE_OFFSET');
    }
  });

  test('of any shape is a record with its types, or has a fault', () => {
    const names = [
      'topic',
      'partition',
      'offset',
      'timestamp',
      'timestampType',
      'key',
      'value',
      'headers',
      'valueSchemaMetadata',
    ];
    const odd = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());
    fc.assert(
      fc.property(odd, (fields) => {
        const { topic, partition, offset, timestamp, timestampType, key, value, headers, fault } =
          take(fields);
        assert.ok(fault === undefined || fault instanceof RecordError);
        assert.deepEqual([typeof topic, typeof partition, typeof timestamp], ['string', 'number', 'number']);
        assert.equal(typeof timestampType, 'string');
        for (const text of [key, value])
          assert.ok(text === null || text === undefined || typeof text === 'string');
        assert.ok(fault?.code === 'UNSAFE_OFFSET' || Number.isSafeInteger(offset));
        for (const entry of headers ?? [])
          for (const bytes of Object.values(entry)) assert.ok(Array.isArray(bytes));
      }),
    );
  });
});
