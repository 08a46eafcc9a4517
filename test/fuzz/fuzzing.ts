// The loop of every fuzz target: mutates its seeds for a given time and stops at the first value that is not answered
// as the target demands, in time and in memory.

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What is fuzzed. */
export interface Target {
  /** Bytes that open. */
  readonly seeds: readonly Buffer[];
  /** Opens bytes in one or more ways: `opened` or an error's code for each. Throws when it must not end like this. */
  readonly open: (bytes: Buffer) => readonly string[] | Promise<readonly string[]>;
}

/** A repeatable source of numbers below a bound (xorshift32). */
type Random = (below: number) => number;

const maxInputBytes = 16_384;
const edges = [0, 1, 15, 0x7f, 0x80, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
const maxMs = 1000;
// Node with every decoder, and the references that targets compare with, stays at 250 to 400 MB.
const maxPeakMb = 600;

/** Fuzzes for that many seconds and prints how often what happened. Rejects with the first failure, its bytes printed. */
export async function fuzz(name: string, target: Target, seconds: number, seed: number): Promise<void> {
  collectAsLambda();
  const random = createRandom(seed);
  const { seeds } = target;
  const codes: Record<string, number> = {};
  const end = Date.now() + seconds * 1000;
  let runs = 0;
  for (; Date.now() < end; runs++) {
    const bytes = mutate(seeds[random(seeds.length)]!, seeds[random(seeds.length)]!, random);
    try {
      const [ended, tookMs] = await openTimed(target, bytes);
      // A collection, or the system giving memory, may fall into a call; a value that hangs hangs again.
      if (tookMs >= maxMs)
        assert.ok((await openTimed(target, bytes))[1] < maxMs, `took ${tookMs.toFixed()} ms, twice`);
      for (const code of ended) codes[code] = (codes[code] ?? 0) + 1;
    } catch (error) {
      console.error(`${name}: run ${runs} of seed ${seed} fails on (base64) ${bytes.toString('base64')}`);
      throw error;
    }
    // A stream of node:zlib that failed is held by a tick that is due: without a turn of the event loop they pile up.
    if (runs % 256 === 0) await setImmediate();
  }
  const peakMb = process.resourceUsage().maxRSS / 1024;
  console.log(
    `${name}: ${runs} runs with seed ${seed}, ${peakMb.toFixed()} MB at the peak, ${JSON.stringify(codes)}`,
  );
  assert.ok(peakMb < maxPeakMb, `held ${peakMb.toFixed()} MB, expected less than ${maxPeakMb}`);
}

/** Lambda runs Node with `--expose-gc`, which the decoders make use of. */
function collectAsLambda(): void {
  setFlagsFromString('--expose-gc');
  globalThis.gc ??= runInNewContext('gc') as NodeJS.GCFunction;
}

function createRandom(seed: number): Random {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function mutate(seed: Buffer, other: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(seed);
  for (let times = 1 + random(4); times > 0; times--) {
    const at = random(bytes.length + 1);
    const kind = random(6);
    if (kind === 0) bytes = bytes.subarray(0, at);
    else if (kind === 1)
      bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(random(other.length + 1))]);
    else if (kind === 2)
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([random(256)]), bytes.subarray(at)]);
    else if (kind === 3 && bytes.length - at >= 4) bytes.writeUInt32LE(edges[random(edges.length)]!, at);
    else if (at < bytes.length) bytes[at] = kind === 4 ? bytes[at]! ^ (1 << random(8)) : random(256);
  }
  return bytes.subarray(0, maxInputBytes);
}

/** How it ended, and how long it took, ms of this process on a processor: a wall clock runs on for others too. */
async function openTimed(
  target: Target,
  bytes: Buffer,
): Promise<readonly [ended: readonly string[], tookMs: number]> {
  const started = process.cpuUsage();
  const ended = await target.open(bytes);
  const { user, system } = process.cpuUsage(started);
  return [ended, (user + system) / 1000];
}
