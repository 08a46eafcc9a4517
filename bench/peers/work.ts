// What every candidate does with a value: looks at it, and lets go. The same for all, or the ratios mean nothing.
let sum = 0;

/** Takes one document. @throws {TypeError} when it is none, so that no candidate can skip its work. */
export async function take(value: unknown): Promise<void> {
  const { total } = value as { readonly total?: unknown };
  if (typeof total !== 'number') throw new TypeError('a document without its total');
  sum = (sum + total) % 1_000_003;
  await Promise.resolve();
}
