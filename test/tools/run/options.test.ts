import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../tools/command.ts';
import { toRunOptions } from '../../../tools/run/options.ts';

test('takes a variable and its value apart at the first =', () => {
  const { variables, parameters } = toRunOptions({
    env: ['A=1', 'URL=http://h/?a=b', 'A='],
    parameter: ['P=x'],
  });
  assert.deepEqual(variables, { A: '', URL: 'http://h/?a=b' });
  assert.deepEqual(parameters, { P: 'x' });
});

test('refuses a value without a name, and does not repeat it', () => {
  for (const option of ['env', 'parameter']) {
    for (const word of ['hunter2', '=hunter2']) {
      assert.throws(
        () => toRunOptions({ [option]: [word] }),
        (error) =>
          error instanceof UsageError &&
          error.message.includes(`--${option}`) &&
          !error.message.includes('hunter2'),
      );
    }
  }
});
