// The fuzzer's command line. Usage: npm run fuzz -- <codec or format | all> [seconds each, default 10] [seed], or
// npm run fuzz -- hostile [values of each format, default 1000] [seed].

import assert from 'node:assert/strict';
import { codecs, type Codec } from '../../lib/codec/codec.ts';
import { toCodecTarget } from './codec-targets.ts';
import { formatTargets } from './format-targets.ts';
import { fuzz, type Target } from './fuzzing.ts';
import { hostileKinds } from './hostile/kinds.ts';
import { hostileLimitMb, runHostile } from './hostile/run-hostile.ts';

const maxStallMs = 500;
const targets: Readonly<Record<string, () => Target>> = {
  ...Object.fromEntries(codecs.map((codec: Codec) => [codec, () => toCodecTarget(codec)])),
  ...formatTargets,
};
const [name = '', amount, seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
const names = name === 'all' ? Object.keys(targets) : [name].filter((each) => Object.hasOwn(targets, each));
const isHostile = name === 'hostile';
const isCount = amount === undefined || Number(amount) > 0;

if ((names.length === 0 && !isHostile) || !isCount || !Number.isInteger(Number(seed))) {
  console.error(`usage: npm run fuzz -- <${['all', ...Object.keys(targets)].join(' | ')}> [seconds] [seed]`);
  console.error('       npm run fuzz -- hostile [values] [seed]');
  process.exitCode = 2;
} else if (isHostile) {
  for (const format of Object.keys(hostileKinds)) await survive(format);
} else {
  for (const each of names) await fuzz(each, targets[each]!(), Number(amount ?? 10), Number(seed));
}

/** Runs hostile values of a format; rejects when the function was killed, lost a good value, or stood still. */
async function survive(format: string): Promise<void> {
  const report = await runHostile(format, Number(amount ?? 1000), Number(seed));
  console.log(`${format}, seed ${seed}: ${JSON.stringify(report)}`);
  assert.equal(report.lost, 0, 'good values were lost');
  assert.ok(report.peakMb < hostileLimitMb, `${report.peakMb} MB at the peak`);
  assert.ok(report.worstMs < maxStallMs, `value ${report.worst} took ${report.worstMs} ms`);
}
