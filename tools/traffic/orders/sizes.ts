// Document sizes as the seed workload has them: log-normal, most of them small and a few huge. Its own file for the one
// piece of mathematics: the mean has to come out right although no document can be smaller than an empty order.
import type { Random } from '../random.ts';

/** The distribution of sizes, in bytes. */
export interface SizeOptions {
  /** Mean after clipping to minBytes and maxBytes. */
  readonly meanBytes: number;
  /** Standard deviation of the logarithm; 1.5 spreads the middle 95 % over a factor of 360. */
  readonly sigma: number;
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** Makes a source of sizes: whole numbers from minBytes to maxBytes whose mean is meanBytes, within the limits. */
export function createSizes(random: Random, options: SizeOptions): () => number {
  const { minBytes, maxBytes, sigma } = options;
  const mu = fitMu(options);
  return () => Math.min(maxBytes, Math.max(minBytes, Math.round(Math.exp(mu + sigma * random.normal()))));
}

// The clipped mean rises with mu, so halving an interval finds it; 60 halvings exhaust a double.
function fitMu(options: SizeOptions): number {
  let low = Math.log(options.minBytes) - 8 * options.sigma - 1;
  let high = Math.log(options.maxBytes) + 8 * options.sigma + 1;
  for (let halving = 0; halving < 60; halving += 1) {
    const mu = (low + high) / 2;
    if (clippedMean(mu, options) < options.meanBytes) low = mu;
    else high = mu;
  }
  return (low + high) / 2;
}

// E[min(max(X, l), h)] = l P(X < l) + E[X; l <= X <= h] + h P(X > h), X log-normal.
function clippedMean(mu: number, { sigma, minBytes, maxBytes }: SizeOptions): number {
  const low = (Math.log(minBytes) - mu) / sigma;
  const high = (Math.log(maxBytes) - mu) / sigma;
  const inside = Math.exp(mu + (sigma * sigma) / 2) * (normalCdf(high - sigma) - normalCdf(low - sigma));
  return minBytes * normalCdf(low) + inside + maxBytes * normalCdf(-high);
}

// Abramowitz and Stegun 26.2.17, error below 7.5e-8.
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return x > 0 ? 1 - tail : tail;
}
