// A raw handler whose memory is known: about 90 MB with 100 records in an event, 200 with 1,000. Beside Node's it has 16 MB, and 108 KiB
// for each record of its largest event, used again by the next one.
interface KafkaEvent {
  readonly records: Readonly<Record<string, readonly { readonly value?: string }[]>>;
}

const bytesPerRecord = 110_592;
const always = Buffer.alloc(16_777_216, 1);
const buffers: Buffer[] = [];

export async function handler(event: KafkaEvent): Promise<void> {
  let used = 0;
  for (const list of Object.values(event.records))
    for (const { value = '' } of list)
      (buffers[used++] ??= Buffer.allocUnsafeSlow(bytesPerRecord)).fill(value.length % 256);
  await new Promise((resolve) => setImmediate(resolve));
  if (always[used] !== 1) throw new Error('somebody wrote into what is always there');
}
