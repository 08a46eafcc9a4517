// A seeded source of numbers: same seed, same sequence, on every machine and Node version. Math.random has no seed.

/** A sequence of numbers fixed by its seed. */
export interface Random {
  /** Next number in [0, 1), 32 bits fine. */
  next(): number;
  /** Next whole number in [0, below). */
  below(below: number): number;
  /** Next number of the standard normal distribution. */
  normal(): number;
}

/** Makes the sequence of a whole-number seed: sfc32 (Chris Doty-Humphrey, PractRand), state filled by mixing the seed. */
export function createRandom(seed: number): Random {
  let a = seed | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 15; round += 1) next(); // seeds that differ in one bit part within a dozen rounds
  return {
    next,
    below: (below) => Math.floor(next() * below),
    // Box-Muller; 1 - next() is never 0, whose logarithm is no number.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}
