// The same assets under the local runtime and under aws-lambda-ric, AWS's own, both behind the local Runtime API: what is seen
// from outside has to be the same.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findRic } from '../../../support/ric.ts';
import { runCase, type RicCase } from './ric-run.ts';

const { entry, skip } = await findRic();

/** One handler that does what its event asks for. */
const handler = (body: string): RicCase['files'] => ({
  'index.mjs': `export const handler = async (event, context) => { ${body} };`,
});

const cases: Readonly<Record<string, RicCase>> = {
  'answers with values of every kind': {
    files: handler(`return event;`),
    events: ['{"a":[1,null,"ë\\u2028"]}', 'null', '"text"', '0', '[]'],
  },
  'answers null for nothing': { files: handler('') },
  'answers with what is not async': {
    files: { 'index.mjs': `export const handler = (event) => event.fail ? undefined.x : { sync: true };` },
    events: ['{}', '{"fail":true}'],
  },
  'gives the same context': {
    files: handler(`return { keys: Object.keys(context), ...context,
      left: context.getRemainingTimeInMillis() > 0, undefined: Object.keys(context).filter((key) => context[key] === undefined) };`),
  },
  'gives the same environment': { files: handler('return process.env;'), events: ['{}', '{}'] },
  'keeps what a module has between invocations': {
    files: { 'index.mjs': `let calls = 0; export const handler = async () => ++calls;` },
    events: ['{}', '{}', '{}'],
  },
  'reports thrown errors of every kind': {
    files: handler(`
      if (event.kind === 'class') { class Mine extends Error { name = 'Mine'; extra = { a: 1 }; } throw new Mine('bo\\nom'); }
      if (event.kind === 'cause') throw new TypeError('outer', { cause: new Error('inner') });
      if (event.kind === 'code') throw Object.assign(new Error('coded'), { code: 'E_CODE' });
      if (event.kind === 'big') throw Object.assign(new Error('big'), { big: 1n });
      if (event.kind === 'text') throw 'only text';
      if (event.kind === 'object') throw { message: 'plain' };
      if (event.kind === 'nothing') throw undefined;
      if (event.kind === 'del') throw new Error('a\\x7Fb');
      return 'fine';`),
    events: ['class', 'cause', 'code', 'big', 'text', 'object', 'nothing', 'del', 'none'].map(
      (kind) => `{"kind":"${kind}"}`,
    ),
  },
  'reports a result that JSON cannot hold': {
    files: handler(`
      if (event.kind === 'big') return 1n;
      if (event.kind === 'circle') { const a = {}; a.a = a; return a; }
      if (event.kind === 'function') return () => {};
      return { date: new Date(0), nan: NaN, skip: undefined };`),
    events: ['{"kind":"big"}', '{"kind":"circle"}', '{"kind":"function"}', '{}'],
  },
  'answers with 6 MB, and is refused more': {
    files: handler(`return 'x'.repeat(event.size);`),
    events: ['{"size":6291554}', '{"size":6291600}', '{"size":1}'],
  },
  'takes an event of 6 MB': {
    files: handler(`return event.length;`),
    events: [JSON.stringify('é'.repeat(3_100_000))],
  },
  'has the text of an event on the heap': {
    files: handler(`return { isOutside: process.memoryUsage().external > 5_000_000 };`),
    events: Array.from({ length: 4 }, () => JSON.stringify('x'.repeat(6_000_000))),
  },
  'ends at a rejection that nobody handles': {
    files: handler(`Promise.reject(new Error('late')); await new Promise((r) => setTimeout(r, 5000));`),
  },
  'ends at an error that nobody catches': {
    files: handler(
      `setTimeout(() => { throw new Error('late'); }); await new Promise((r) => setTimeout(r, 5000));`,
    ),
  },
  'ends when its event loop runs empty': { files: handler('await new Promise(() => {});') },
  'ends when it exits': { files: handler('console.log("bye"); process.exit(3);') },
  'does not wait for what is left behind': {
    files: handler(`setTimeout(() => {}, 60_000); return 'at once';`),
    events: ['{}', '{}'],
  },
  'refuses a handler with a callback': {
    files: { 'index.mjs': `export const handler = (event, context, callback) => callback(null, 'old');` },
  },
  'writes text lines': {
    files:
      handler(`console.log('a %s', 'b', { c: 1 }); console.debug('d\\ne'); console.warn(new Error('w').message);
      console.error({ f: [1] }); console.trace('t'); console.log();`),
  },
  'writes JSON lines': {
    logFormat: 'JSON',
    files:
      handler(`console.log({ c: 1 }); console.debug('hidden'); console.warn('w %d', 1); console.error('e', new TypeError('x'));
      console.info(new RangeError('alone')); const a = {}; a.a = a; console.log(a); throw new Error('end');`),
  },
  'logs from init on': {
    files: {
      'index.mjs': `console.log('loading'); export const handler = async () => console.log('working');`,
    },
    events: ['{}', '{}'],
  },
};

const inits: Readonly<Record<string, RicCase>> = {
  'a module that throws': { files: { 'index.mjs': `throw new RangeError('at load');` } },
  'a module that rejects': { files: { 'index.mjs': `await Promise.reject(new Error('awaited'));` } },
  'a module with an error of syntax': { files: { 'index.mjs': `export const handler = ;` } },
  'no module': { files: { 'other.mjs': '' } },
  'no handler in it': { files: { 'index.mjs': `export const other = 1;` } },
  'a handler that is no function': { files: { 'index.mjs': `export const handler = { a: 1 };` } },
  'a name without a dot': { files: { 'index.mjs': '' }, handler: 'index' },
  'a name that leads out': { files: { 'index.mjs': '' }, handler: '../index.handler' },
  'an import of a package that is not there': {
    files: { 'index.mjs': `import 'nowhere'; export const handler = 1;` },
  },
  'a require of a package that is not there': {
    files: { 'index.cjs': `require('nowhere'); exports.handler = 1;` },
  },
};

const paths: Readonly<Record<string, RicCase>> = {
  'in a folder': {
    files: { 'a/b/main.mjs': `export const handler = async () => 1;` },
    handler: 'a/b/main.handler',
  },
  'nested in an object': {
    files: { 'index.mjs': `export const api = { v1: { run: async () => 1 } };` },
    handler: 'index.api.v1.run',
  },
  'of a default export': { files: { 'index.mjs': `export default { handler: async () => 1 };` } },
  'of CommonJS': { files: { 'index.js': `exports.handler = async () => typeof require;` } },
  'with .js before .mjs': {
    files: {
      'index.js': `exports.handler = async () => 'js';`,
      'index.mjs': `export const handler = async () => 'mjs';`,
    },
  },
  'of a package': {
    files: {
      'node_modules/thing/package.json': '{"name":"thing","main":"main.js"}',
      'node_modules/thing/main.js': `exports.handler = async () => 'package';`,
    },
    handler: 'thing.handler',
  },
};

async function compare(ricCase: RicCase): Promise<void> {
  const { ours, theirs } = await runCase(ricCase, entry);
  const { calls, end } = theirs;
  assert.ok(calls.length > 0 || end !== undefined, 'something was seen of it');
  assert.deepEqual(ours, theirs);
}

describe('the local runtime, like aws-lambda-ric,', { skip }, () => {
  for (const [name, ricCase] of Object.entries(cases)) test(name, async () => await compare(ricCase));
  for (const [name, ricCase] of Object.entries(inits))
    test(`fails its init for ${name}`, async () => await compare(ricCase));
  for (const [name, ricCase] of Object.entries(paths))
    test(`finds a handler ${name}`, async () => await compare(ricCase));
});
