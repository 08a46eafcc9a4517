// A repeatable source of choices (xorshift32).

/** Random choices of a seed. */
export interface Random {
  /** An integer below that, or 0. */
  below(bound: number): number;
  pick<T>(from: readonly T[]): T;
  /** A size: nearly always small, now and then up to `most`. */
  size(most: number): number;
}

/** Choices that are the same for the same seed. */
export function createRandom(seed: number): Random {
  let state = seed | 1;
  const below = (bound: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return bound < 1 ? 0 : (state >>> 0) % bound;
  };
  return {
    below,
    pick: (from) => from[below(from.length)]!,
    size: (most) => below(below(8) === 0 ? most : Math.min(most, 2000)),
  };
}
