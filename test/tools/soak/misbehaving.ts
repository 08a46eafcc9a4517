// A function that does what its variable BEHAVIOUR says: one bundle for every way in which a soak can end.
import { randomUUID } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

interface BatchEvent {
  readonly records: Readonly<
    Record<string, readonly { readonly partition: number; readonly offset: number }[]>
  >;
}

const behaviour = process.env['BEHAVIOUR'];
const pidFile = process.env['PID_FILE'];
if (pidFile !== undefined) writeFileSync(pidFile, String(process.pid));
if (behaviour === 'does not start') throw new Error('told not to start');
const held: Buffer[] = [];
const rare: Buffer[] = [];
let numbers: readonly number[] = [];
let latest: Buffer | undefined;
let calls = 0;
/** Once the answer is sent. */
const afterwardsMs = 300;

/** Behaves. */
export async function handler(event: BatchEvent): Promise<object> {
  calls++;
  const records = Object.values(event.records).flat();
  if (behaviour === 'fails' || (behaviour === 'fails later' && calls > 2))
    throw new RangeError('told to fail');
  if (behaviour === 'leaks') held.push(Buffer.alloc(1_000_000, 1));
  if (behaviour === 'leaks beside a buffer') {
    held.push(Buffer.alloc(100_000, 1));
    if (calls % 5 === 1 || latest === undefined) latest = Buffer.alloc(2_000_000, 1);
  }
  if (behaviour === 'leaks rarely') {
    held.push(Buffer.alloc(500, 1));
    if (calls % 50 === 0) rare.push(Buffer.alloc(1_000_000, 1));
  }
  if (behaviour === 'makes a longer list')
    numbers = numbers.concat(Array.from({ length: 20_000 }, (_, index) => calls + index / 2));
  if (behaviour === 'waits for three others') await meetThreeOthers(process.env['FOLDER'] ?? '');
  if (behaviour === 'takes 400 MB') takeTooMuch();
  if (behaviour === 'exits' && calls === 3) setImmediate(() => process.exit(0));
  if (behaviour === 'aborts' && calls === 3) process.abort();
  if (behaviour === 'hangs' && calls === 3) await new Promise(() => setInterval(() => {}, 1000));
  if (behaviour === 'ends afterwards') setTimeout(() => process.exit(7), afterwardsMs);
  if (behaviour === 'takes 400 MB afterwards') setTimeout(takeTooMuch, afterwardsMs);
  const reported = behaviour === 'reports' ? records : [];
  return {
    batchItemFailures: reported.map(({ partition, offset }) => ({ itemIdentifier: { partition, offset } })),
  };
}

/** In whichever thread they run; one after the other they would never meet. */
async function meetThreeOthers(folder: string): Promise<void> {
  writeFileSync(join(folder, randomUUID()), '');
  while (readdirSync(folder).length < 4) await delay(5);
}

function takeTooMuch(): void {
  for (let part = 0; part < 40; part++) held.push(Buffer.alloc(10_000_000, part + 1));
}
