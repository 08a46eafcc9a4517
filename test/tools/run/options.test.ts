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

test('refuses options that exclude or need each other', () => {
  for (const [values, says] of [
    [{ records: 0, traffic: ['a=f'] }, /--traffic and --records 0 exclude each other/],
    [{ watch: true, records: 5 }, /--watch and --records exclude each other/],
    [{ brokers: 'h:1', records: 5 }, /--records needs --produce with --brokers/],
    [{ brokers: 'h:1', traffic: ['a=f'] }, /--traffic needs --produce with --brokers/],
    [{ produce: true }, /--produce needs --brokers/],
    [{ from: 'end' }, /--from needs --brokers/],
    [{ brokers: 'h:1', from: 'end', 'join-group': true }, /--from and --join-group exclude each other/],
    [{ brokers: 'h:1', from: 'yesterday' }, /--from is not a place in a topic, got "yesterday"/],
    [{ inspect: true, 'inspect-brk': 9229 }, /--inspect and --inspect-brk exclude each other/],
    [{ traffic: ['archive'] }, /--traffic is not a source, got "archive"/],
    [{ traffic: ['=file'] }, /--traffic is not a source/],
    [{ poison: 60, tombstones: 50 }, /more than all records/],
  ] as const)
    assert.throws(
      () => toRunOptions(values),
      (error) => error instanceof UsageError && says.test(error.message),
    );
});

test("only reads on a Kafka of the user's own, by groups of the run, from the end on", () => {
  const { rights, sends } = toRunOptions({ brokers: 'h:1' });
  assert.deepEqual([rights, sends], [{ produces: false, joinsGroups: false, from: 'LATEST' }, 'nothing']);
  const told = toRunOptions({ brokers: 'h:1', produce: true, records: 5, from: '2026-11-30T00:00:00Z' });
  assert.deepEqual(
    [told.rights, told.sends],
    [{ produces: true, joinsGroups: false, from: { atMs: Date.UTC(2026, 10, 30) } }, 'anything'],
  );
});

test('lets a debugger attach at free ports or at those that are named, and shows logs in two forms', () => {
  assert.equal(toRunOptions({}).inspect, undefined);
  assert.deepEqual(toRunOptions({ inspect: true }).inspect, { port: 0, breaksAtStart: false });
  assert.deepEqual(toRunOptions({ 'inspect-brk': 9229 }).inspect, { port: 9229, breaksAtStart: true });
  assert.deepEqual(
    [{}, { logs: true }, { logs: 'json' }].map((values) => toRunOptions(values).logs),
    ['none', 'short', 'json'],
  );
});
