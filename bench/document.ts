// The documents of the benches: JSON of about 800 bytes that LZ4 compresses about as well as real orders (1.3x).

/** The document of one record; the same number gives the same document. */
export function toDocument(number: number): { readonly total: number } & Readonly<Record<string, unknown>> {
  const random = createRandom(number);
  const word = (length: number): string =>
    Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[random(36)]).join('');
  const items = Array.from({ length: 5 }, () => ({
    sku: word(10),
    title: `${word(8)} ${word(6)} ${word(9)}`,
    quantity: 1 + random(9),
    unitCents: random(100_000),
  }));
  return {
    orderId: `order-${number}`,
    customerId: word(16),
    placedAt: '2026-11-22T00:00:00.000Z',
    total: 1 + random(1000),
    items,
    note: word(170),
  };
}

/** Mulberry32: small, seeded, the same everywhere. */
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
