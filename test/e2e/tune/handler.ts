// A raw handler whose memory is known: it keeps a buffer for each record of the event while it works, and nothing afterwards.
interface KafkaEvent {
  readonly records: Readonly<Record<string, readonly { readonly value?: string }[]>>;
}

const bytesPerRecord = 131_072;

export async function handler(event: KafkaEvent): Promise<void> {
  const held: Buffer[] = [];
  for (const list of Object.values(event.records))
    for (const { value = '' } of list) held.push(Buffer.alloc(bytesPerRecord, value.length % 256));
  await new Promise((resolve) => setImmediate(resolve));
  if (held.some((buffer) => buffer.length !== bytesPerRecord)) throw new Error('a buffer shrank');
}
