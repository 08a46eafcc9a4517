// A function that does what its variable BEHAVIOUR says: one bundle for every way in which a soak can end.
import { writeFileSync } from 'node:fs';

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
let numbers: readonly number[] = [];
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
  if (behaviour === 'makes a longer list')
    numbers = numbers.concat(Array.from({ length: 20_000 }, (_, index) => calls + index / 2));
  if (behaviour === 'takes 400 MB') takeTooMuch();
  if (behaviour === 'exits' && calls === 3) setImmediate(() => process.exit(0));
  if (behaviour === 'hangs' && calls === 3) await new Promise(() => setInterval(() => {}, 1000));
  if (behaviour === 'ends afterwards') setTimeout(() => process.exit(7), afterwardsMs);
  if (behaviour === 'takes 400 MB afterwards') setTimeout(takeTooMuch, afterwardsMs);
  const reported = behaviour === 'reports' ? records : [];
  return {
    batchItemFailures: reported.map(({ partition, offset }) => ({ itemIdentifier: { partition, offset } })),
  };
}

function takeTooMuch(): void {
  for (let part = 0; part < 40; part++) held.push(Buffer.alloc(10_000_000, part + 1));
}
