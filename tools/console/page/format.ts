// Numbers, times and places as a person reads them.
import type { OffsetSpan } from '../wire.ts';

const counts = new Intl.NumberFormat('en');

/** `12,345`. */
export function toCount(value: number): string {
  return counts.format(Math.round(value));
}

/** `1 record`, `2 records`. */
export function toAmount(value: number, noun: string): string {
  return `${toCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `950 µs`, `12 ms`, `1.25 s`, `2 min 5 s`. */
export function toDuration(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** `512 B`, `1.5 KB`, `3.2 MB`. */
export function toBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kilo = bytes / 1024;
  return kilo < 1000 ? `${toShort(kilo)} KB` : `${toShort(kilo / 1024)} MB`;
}

/** `96.4 MB`. */
export function toMb(mb: number): string {
  return `${toShort(mb)} MB`;
}

function toShort(value: number): string {
  return value < 100 ? value.toFixed(1).replace(/\.0$/, '') : toCount(value);
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** `14:03:07`. */
export function toClock(ms: number): string {
  return clock.format(ms);
}

/** `14:03:07.123`. */
export function toExactClock(ms: number): string {
  return `${clock.format(ms)}.${String(Math.floor(ms) % 1000).padStart(3, '0')}`;
}

/** `2026-11-30 14:03:07.123`. */
export function toMoment(ms: number): string {
  const at = new Date(ms);
  const day = `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`;
  return `${day} ${toExactClock(ms)}`;
}

/** `0@12–40, 1@7`. */
export function toSpans(spans: readonly OffsetSpan[], most = 3): string {
  const words = spans
    .slice(0, most)
    .map(({ partition, from, to }) =>
      to - from === 1 ? `${partition}@${from}` : `${partition}@${from}–${to - 1}`,
    );
  return spans.length > most ? `${words.join(', ')} and ${spans.length - most} more` : words.join(', ');
}
