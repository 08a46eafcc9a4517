import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../tools/command.ts';
import { toTuneOptions } from '../../../tools/tune/options.ts';

test('reads lists of sizes in order and once each', () => {
  const options = toTuneOptions({ consumer: 'archive', 'max-records': '500,100,500', sizes: '256' });
  assert.deepEqual([options.maxRecords, options.sizes], [[100, 500], [256]]);
  assert.equal(toTuneOptions({ consumer: 'archive' }).maxRecords, undefined);
});

test('refuses what makes no tuning, and names the option', () => {
  const cases: readonly (readonly [Record<string, string | boolean>, RegExp])[] = [
    [{ 'max-records': '0' }, /--max-records .* got "0", expected integers 1\.\.10000/],
    [{ 'max-records': '100,' }, /--max-records/],
    [{ sizes: '64' }, /--sizes .* expected integers 128\.\.10240/],
    [{ sizes: '10241' }, /--sizes/],
    [{ rate: '0' }, /--rate is out of range, got "0"/],
    [{ rate: '-1' }, /--rate/],
    [{ rate: '1e9' }, /--rate/],
    [{ entry: 'a.ts', write: true }, /--entry and --write exclude each other/],
    [{ write: true, check: true }, /--write and --check/],
    [{ consumer: '../etc' }, /<consumer> is not a valid name/],
  ];
  for (const [values, message] of cases)
    assert.throws(
      () => toTuneOptions({ consumer: 'archive', ...values }),
      (error) => error instanceof UsageError && message.test(error.message),
    );
});
