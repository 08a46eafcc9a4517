// The child of the hostile runs: a function of 128 MB that is given hostile values, packed, with a good one beside each of them, as often
// as it asks for them again. Its own process, so that its memory can be limited and measured. Reads a packed value a line, prints
// a report as JSON.

import { createInterface } from 'node:readline';
import { createConsumer, defineConsumer } from '../../../lib/index.ts';
import { hostileKinds } from './kinds.ts';

/** What came of it. */
export interface HostileReport {
  /** How often a hostile value ended with which code, or was read; empty where it never was. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Good values that were not read. */
  readonly lost: number;
  /** The most processor time that two records took together, ms, and which value it was. */
  readonly worstMs: number;
  readonly worst: number;
  readonly peakMb: number;
}

const maxDeliveries = 5;
const kind = hostileKinds[process.argv[2] ?? ''];
if (kind === undefined) throw new Error('no such kind');
const good = kind.good.toString('base64');
const outcomes: Record<string, number> = {};
let lost = 0;
let worst = { ms: 0, index: 0 };
let current = { good: false, hostile: '' };

const handlers = kind.formats.map((value) =>
  createConsumer(
    defineConsumer({ name: 'hostile', topic: 'hostile', value, order: 'none', memory: { sizeMb: 128 } }),
    {
      record(record) {
        if (record.offset === 1) current.good = true;
        else current.hostile = 'read';
      },
    },
    {
      deadLetters: {
        store(letter) {
          if (letter.offset === 0) current.hostile = letter.error.code;
          return Promise.resolve('kept');
        },
      },
      metrics: false,
    },
  ),
);

function toEvent(offsets: readonly number[], hostile: string): object {
  const lz4 = [...Buffer.from('lz4')];
  const records = offsets.map((offset) => ({
    topic: 'hostile',
    partition: 0,
    offset,
    timestamp: 1_767_225_600_000,
    timestampType: 'CREATE_TIME',
    value: offset === 0 ? hostile : good,
    headers: offset === 0 ? [{ 'content-encoding': lz4 }] : [],
  }));
  return { eventSource: 'aws:kafka', records: { 'hostile-0': records } };
}

async function deliver(hostile: string, index: number): Promise<void> {
  current = { good: false, hostile: '' };
  const handler = handlers[index % handlers.length]!;
  let offsets: readonly number[] = [0, 1];
  for (let delivery = 1; delivery <= maxDeliveries && offsets.length > 0; delivery++) {
    const event = JSON.parse(JSON.stringify(toEvent(offsets, hostile))) as unknown;
    const before = process.cpuUsage();
    const context = { awsRequestId: 'a', getRemainingTimeInMillis: () => 60_000 };
    const { batchItemFailures } = await handler(event, context);
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    if (ms > worst.ms) worst = { ms, index };
    offsets = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.offset);
  }
  if (!current.good) lost++;
  outcomes[current.hostile] = (outcomes[current.hostile] ?? 0) + 1;
}

let index = 0;
for await (const line of createInterface({ input: process.stdin })) await deliver(line, index++);
const peakMb = process.resourceUsage().maxRSS / 1024;
const report: HostileReport = { outcomes, lost, worstMs: worst.ms, worst: worst.index, peakMb };
process.stdout.write(JSON.stringify(report));
