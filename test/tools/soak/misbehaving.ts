// A function that does what its variable BEHAVIOUR says: one bundle for every way in which a soak can end.
interface BatchEvent {
  readonly records: Readonly<
    Record<string, readonly { readonly partition: number; readonly offset: number }[]>
  >;
}

const behaviour = process.env['BEHAVIOUR'];
if (behaviour === 'does not start') throw new Error('told not to start');
const held: Buffer[] = [];
let calls = 0;

/** Behaves. */
export async function handler(event: BatchEvent): Promise<object> {
  calls++;
  const records = Object.values(event.records).flat();
  if (behaviour === 'fails' || (behaviour === 'fails later' && calls > 2))
    throw new RangeError('told to fail');
  if (behaviour === 'takes 400 MB')
    for (let part = 0; part < 40; part++) held.push(Buffer.alloc(10_000_000, part + 1));
  if (behaviour === 'exits' && calls === 3) setImmediate(() => process.exit(0));
  const reported = behaviour === 'reports' ? records : [];
  return {
    batchItemFailures: reported.map(({ partition, offset }) => ({ itemIdentifier: { partition, offset } })),
  };
}
