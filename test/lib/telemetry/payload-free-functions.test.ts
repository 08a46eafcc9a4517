// No byte of a record reaches a log line or a metric when a user's code fails, whatever it throws. The marker is planted in values,
// keys, headers and errors.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Script } from 'node:vm';
import { inspect } from 'node:util';
import { fc } from '../../support/property.ts';

import {
  CodecError,
  DeadLetterError,
  FormatError,
  json,
  SkipError,
  type BatchFunction,
  type LeasedRecord,
} from '../../../lib/index.ts';
import { formsIn, marker } from '../../support/marker.ts';
import { oddThrowables } from '../../support/odd-throwables.ts';
import { assertClean, planted, printedBy } from '../../support/printed-by.ts';

const failures: Readonly<Record<string, (record: LeasedRecord<unknown, unknown>) => unknown>> = {
  message: () => new Error(`cannot save ${marker}`),
  'message with lines like frames': () =>
    new Error(`x\n    at ${marker} (lib/index.ts:1:1)\n    at ${marker}`),
  'inspected value': ({ value }) => new TypeError(inspect(value)),
  'bytes in hex': (record) => new Error(record.toBuffer()?.toString('hex')),
  'bytes in base64': (record) => new Error(record.toBuffer()?.toString('base64')),
  'key and headers': (record) => new Error(`${String(record.key)} ${record.headers.text('trace')}`),
  name: () => Object.assign(new Error('x'), { name: marker }),
  code: () => Object.assign(new Error('x'), { code: marker }),
  'code in capitals': () => Object.assign(new Error('x'), { code: marker.replaceAll('-', '_') }),
  stack: () => Object.assign(new Error('x'), { stack: `Error\n    at ${marker}` }),
  'computed class': () => new ({ [marker]: class extends Error {} }[marker] as typeof Error)('x'),
  'assigned constructor': () => Object.assign(new Error('x'), { constructor: { name: `${marker}Error` } }),
  cause: () => new Error('x', { cause: new Error(marker) }),
  'cause that is text': () => new Error('x', { cause: marker }),
  members: () => new AggregateError([new Error(marker), marker, { [marker]: marker }], marker),
  text: () => marker,
  object: () => ({ message: marker, code: marker, name: marker, stack: marker, cause: marker }),
  symbol: () => Symbol(marker),
  'format error': () => new FormatError('CORRUPT', marker, [marker]),
  'codec error': () => new CodecError('CORRUPT', marker, { codec: 'lz4', compressedBytes: 1, maxBytes: 1 }),
  'dead letter': () => new DeadLetterError('NO_ACCOUNT', marker),
  skipped: () => new SkipError(marker),
  'own error that was written on': () => Object.assign(new FormatError('CORRUPT', 'x'), { message: marker }),
  'function of that name': () =>
    ({
      [marker]: () => {
        throw new Error('x');
      },
    })[marker]?.(),
  'evaluated source': () =>
    (Reflect.get(globalThis, 'eval') as (text: string) => unknown)(
      `//# sourceURL=${marker}\n(() => { throw new Error('x') })()`,
    ),
  'script of that name': () =>
    (
      new Script('() => { throw new Error() }', {
        filename: `/${marker}.js`,
      }).runInThisContext() as () => never
    )(),
  'parser that quotes': () => JSON.parse(`{"pin":${marker}`) as unknown,
};

describe('what fails in a function', () => {
  for (const [what, fail] of Object.entries(failures)) {
    test(`is logged without the record: ${what}`, async () => {
      const record = (record: LeasedRecord<unknown, unknown>): never => {
        throw fail(record);
      };
      const batch: BatchFunction<unknown, unknown>['batch'] = async (records) => {
        for await (const each of records) record(each);
      };
      for (const fn of [{ record }, { batch }]) {
        const printed = await printedBy({ value: json() }, fn, [planted]);
        if (what === 'skipped') assert.deepEqual(formsIn(printed), []);
        else assertClean(printed, what);
      }
    });
  }

  test('is logged without the record, whatever is thrown', async () => {
    await fc.assert(
      fc.asyncProperty(oddThrowables(marker), async (toThrown) => {
        const record = (): never => {
          throw toThrown();
        };
        assert.deepEqual(formsIn(await printedBy({ value: json() }, { record }, [planted])), []);
      }),
    );
  });
});

describe('what else fails', () => {
  const record = (): never => {
    throw new DeadLetterError('NO_ACCOUNT', marker);
  };
  const stores: Readonly<Record<string, () => Promise<string>>> = {
    rejects: () => Promise.reject(Object.assign(new Error(marker), { name: marker })),
    throws: () => {
      throw new Error(marker);
    },
    'gives no place': () => Promise.resolve(`${marker} ${marker}`),
    'gives an object': () => Promise.resolve({ [marker]: marker } as never),
  };
  for (const [what, store] of Object.entries(stores)) {
    test(`is logged without the record: a store that ${what}`, async () => {
      assertClean(
        await printedBy({ value: json() }, { record }, [planted], { deadLetters: { store } }),
        what,
      );
    });
  }

  test('is logged with the messages where the consumer or the environment asks for them', async () => {
    // No part of a record: what a test prints is looked through for those.
    const told = (): never => {
      throw new DeadLetterError('NO_ACCOUNT', 'a message that was asked for');
    };
    const print = async (options?: { readonly logErrorMessages: boolean }): Promise<string> =>
      await printedBy({ value: json() }, { record: told }, [planted], options);
    assert.match(await print({ logErrorMessages: true }), /a message that was asked for/);
    assert.doesNotMatch(await print(), /a message that was asked for/);
    process.env['TAILRACE_LOG_ERROR_MESSAGES'] = '1';
    try {
      assert.match(await print(), /a message that was asked for/);
      assert.doesNotMatch(await print({ logErrorMessages: false }), /a message that was asked for/);
    } finally {
      delete process.env['TAILRACE_LOG_ERROR_MESSAGES'];
    }
  });
});
