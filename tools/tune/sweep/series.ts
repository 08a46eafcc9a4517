// What settings of one line in a chart have in common.

/** Records of an event at most and, where several were tried, lanes. */
export interface Series {
  readonly maxRecords: number;
  /** Lanes at once; undefined: as the definition says. */
  readonly concurrency?: number | undefined;
}

/** As `500 records` or `500 records, 4 lanes`. */
export function toSeriesName({ maxRecords, concurrency }: Series): string {
  const lanes = concurrency === undefined ? '' : `, ${concurrency} ${concurrency === 1 ? 'lane' : 'lanes'}`;
  return `${maxRecords.toLocaleString('en')} ${maxRecords === 1 ? 'record' : 'records'}${lanes}`;
}

/** Whether two settings stand in one line. */
export function isSameSeries(a: Series, b: Series): boolean {
  return a.maxRecords === b.maxRecords && a.concurrency === b.concurrency;
}
