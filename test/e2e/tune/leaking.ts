// A raw handler that keeps a copy of something for good: no memory size is enough for long.
const kept: Buffer[] = [];

export async function handler(): Promise<void> {
  kept.push(Buffer.alloc(400_000, kept.length % 256));
  await new Promise((resolve) => setImmediate(resolve));
}
