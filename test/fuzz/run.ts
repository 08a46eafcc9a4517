// The fuzzer's command line. Usage: npm run fuzz -- <codec or format> [seconds, default 10] [seed]

import { codecs } from '../../lib/codec/codec.ts';
import { toCodecTarget } from './codec-targets.ts';
import { formatTargets } from './format-targets.ts';
import { fuzz } from './fuzzing.ts';

const [name = '', seconds = '10', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
const codec = codecs.find((each) => each === name);
const target = codec === undefined ? formatTargets[name]?.() : toCodecTarget(codec);
if (target === undefined || !(Number(seconds) > 0) || !Number.isInteger(Number(seed))) {
  const names = [...codecs, ...Object.keys(formatTargets)].join(' | ');
  console.error(`usage: npm run fuzz -- <${names}> [seconds] [seed]`);
  process.exitCode = 2;
} else {
  await fuzz(name, target, Number(seconds), Number(seed));
}
