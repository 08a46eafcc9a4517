// What a person may write on the command line, and what the help says of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError, parseOptions, type Command } from '../../tools/command.ts';

const plain: Command = {
  name: 'measure',
  summary: 'measures',
  about: [],
  options: {
    count: { kind: 'integer', summary: 'how many', range: [1, 9] },
    how: { kind: 'text', summary: 'how', oneOf: ['fast', 'well'], isList: true },
    json: { kind: 'flag', summary: 'as JSON' },
    logs: { kind: 'text', summary: 'shows logs', oneOf: ['json'], isValueOptional: true },
    inspect: { kind: 'integer', summary: 'a port', range: [1, 9], isValueOptional: true },
  },
  examples: [],
  run: () => Promise.resolve(0),
};
const withArgument: Command = {
  ...plain,
  argument: { name: 'consumer', summary: 'the name of a consumer' },
};

test('reads flags, texts and integers by name', () => {
  assert.deepEqual(parseOptions(plain, ['--count', '9', '--how', 'well', '--how=fast', '--json']), {
    count: 9,
    how: ['well', 'fast'],
    json: true,
  });
});

test('reads an option with its value or without, and takes no other word for the value', () => {
  assert.deepEqual(parseOptions(plain, ['--logs', '--json']), { logs: true, json: true });
  assert.deepEqual(parseOptions(plain, ['--logs', 'json', '--inspect']), { logs: 'json', inspect: true });
  assert.deepEqual(parseOptions(plain, ['--logs=json', '--inspect=7']), { logs: 'json', inspect: 7 });
  assert.deepEqual(parseOptions(withArgument, ['--logs', 'archive']), { logs: true, consumer: 'archive' });
  assert.deepEqual(parseOptions(withArgument, ['--inspect', '7']), { inspect: true, consumer: '7' });
});

test('reads the argument wherever it stands', () => {
  assert.deepEqual(parseOptions(withArgument, ['--count', '1', 'archive']), {
    count: 1,
    consumer: 'archive',
  });
  assert.deepEqual(parseOptions(withArgument, ['archive', '--json']), { json: true, consumer: 'archive' });
});

for (const [what, command, args] of [
  ['a word that the command does not take', plain, ['archive']],
  ['a missing argument', withArgument, ['--json']],
  ['a second argument', withArgument, ['archive', 'relay']],
  ['an option that it does not know', plain, ['--speed']],
  ['a value that is none of the allowed ones', plain, ['--how', 'badly']],
  ['a value that is not allowed where none is needed', plain, ['--logs=xml']],
  ['a number out of range where none is needed', plain, ['--inspect=10']],
  ['an integer below its range', plain, ['--count', '0']],
  ['an integer above its range', plain, ['--count', '10']],
  ['a number that is not an integer', plain, ['--count', '1.5']],
] as const) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => parseOptions(command, args),
      (error) => error instanceof UsageError && error.code === 'USAGE',
    );
  });
}
