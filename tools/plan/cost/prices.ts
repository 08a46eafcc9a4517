// What AWS charges for a unit of something: reads the one dated table, prices.json, tiers included.

import table from './prices.json' with { type: 'json' };

/** Something that AWS charges for. */
export type PriceKey = keyof typeof table.rows;

/** A row of the table. */
export interface Price {
  readonly unit: string;
  /** Ascending; `upTo` is in units a month, null for no end. */
  readonly tiers: readonly { readonly upTo: number | null; readonly price: number }[];
  /** `aws`: read on AWS's own page; `quoted`: on a copy of it. */
  readonly basis: string;
  readonly source: string;
  readonly note: string;
}

const rows: Readonly<Record<PriceKey, Price>> = table.rows;

/** Hours in the month of an estimate. */
export const hoursPerMonth: number = table.hoursPerMonth;

/** Seconds in the month of an estimate. */
export const secondsPerMonth: number = table.hoursPerMonth * 3600;

/** Where and when the prices hold. */
export const priceList: { readonly region: string; readonly readOn: string } = table;

/** The row of `key`. */
export function priceOf(key: PriceKey): Price {
  return rows[key];
}

/** Dollars for `quantity` units in a month, each tier at its own price. */
export function charge(key: PriceKey, quantity: number): number {
  let dollars = 0;
  let below = 0;
  for (const { upTo, price } of rows[key].tiers) {
    const end = Math.min(quantity, upTo ?? Infinity);
    if (end > below) dollars += (end - below) * price;
    below = upTo ?? Infinity;
  }
  return dollars;
}
