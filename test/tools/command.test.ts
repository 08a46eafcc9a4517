// What a person may write on the command line, and what the help says of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError, parseOptions, toCommandHelp, type Command } from '../../tools/command.ts';

const plain: Command = {
  name: 'measure',
  summary: 'measures',
  about: [],
  options: {
    count: { kind: 'integer', summary: 'how many', range: [1, 9] },
    how: { kind: 'text', summary: 'how', oneOf: ['fast', 'well'], isList: true },
    json: { kind: 'flag', summary: 'as JSON' },
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

test('shows the argument in the help of a command that takes one, and only there', () => {
  assert.match(
    toCommandHelp(withArgument),
    /Usage: tailrace measure <consumer> \[options\][^]*<consumer> {2}the name of a consumer/,
  );
  assert.doesNotMatch(toCommandHelp(plain), /</);
});
