import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Script } from 'node:vm';

import { toFrames } from '../../../lib/telemetry/call-sites.ts';

/** What `fail` throws. */
function thrownBy(fail: () => unknown): Error {
  try {
    fail();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** Evaluates a source text, as a rules engine would. */
const evaluated = (source: string) => (): unknown =>
  (Reflect.get(globalThis, 'eval') as (text: string) => unknown)(source);

const own = /^test\/lib\/telemetry\/call-sites\.test\.ts:\d+:\d+$/;

describe('the frames of an error', () => {
  test('are places in the files of the program, innermost first, at most eight', () => {
    const deep = (depth: number): never => {
      if (depth > 0) return deep(depth - 1);
      throw new Error('no');
    };
    const frames = toFrames(thrownBy(() => deep(20)));
    assert.equal(frames.length, 8);
    for (const frame of frames) assert.match(frame, own);
  });

  test('hold no line of the message, even where it looks like a frame', () => {
    const error = new Error('x\n    at secret (file:///var/task/index.mjs:1:1)');
    assert.doesNotMatch(toFrames(error).join(), /secret|var\/task/);
    assert.match(toFrames(new Error('x'))[0] ?? '', own);
  });

  test('name no function and no script that data may have named', () => {
    const named = { ['secret name'](): never { throw new Error('x'); } }; // prettier-ignore
    const ways: readonly (() => unknown)[] = [
      () => named['secret name'](),
      evaluated('//# sourceURL=secret.js\n(() => { throw new Error("x") })()'),
      evaluated('new Function("throw new Error(1)\\n//# sourceURL=secret")()'),
      () =>
        (
          new Script('() => { throw new Error("x") }', {
            filename: '/secret.js',
          }).runInThisContext() as () => never
        )(),
    ];
    for (const way of ways) {
      const frames = toFrames(thrownBy(way));
      assert.doesNotMatch(frames.join(), /secret/);
      assert.match(frames[0] ?? '', own);
    }
  });

  test('leave the text of the stack as it would have been, for whoever reads it later', () => {
    const make = (): Error => new TypeError('no luck');
    const [expected, read] = [0, 1].map(make) as [Error, Error];
    toFrames(read);
    assert.equal(read.stack, expected.stack);
  });

  test("are none once the stack has been read as text, or where it is not V8's", () => {
    const read = new Error('x');
    assert.ok(read.stack);
    const set = new Error('x');
    set.stack = 'Error: x\n    at secret (lib/index.ts:1:1)';
    assert.deepEqual([toFrames(read), toFrames(set)], [[], []]);
  });

  test('keep what formats stacks otherwise in its place', () => {
    const mine = (): string => 'mine';
    const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
    Error.prepareStackTrace = mine;
    try {
      const error = new Error('x');
      assert.match(toFrames(error)[0] ?? '', own);
      assert.deepEqual([error.stack, Reflect.get(Error, 'prepareStackTrace')], ['mine', mine]);
    } finally {
      if (before) Object.defineProperty(Error, 'prepareStackTrace', before);
      else Reflect.deleteProperty(Error, 'prepareStackTrace');
    }
  });
});
