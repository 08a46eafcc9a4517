// An axis from 0: where its ticks are and what is written beside them.

const minuteMs = 60_000;
/** From here on a time is told in minutes. */
const longMs = 2 * minuteMs;

/** An axis that reaches at least as high as what is drawn. */
export interface Scale {
  readonly max: number;
  readonly ticks: readonly number[];
}

/** Four steps or fewer, each 1, 2, 2.5 or 5 times a power of ten, or of two for bytes. */
export function toScale(highest: number, unit: string): Scale {
  if (highest <= 0) return { max: 1, ticks: [0, 1] };
  const base = toBase(highest, unit);
  const raw = highest / base / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 2.5, 5, 10].find((each) => each * power >= raw - 1e-12) ?? 10;
  const step = factor * power * base;
  const count = Math.ceil(highest / step - 1e-9);
  return { max: step * count, ticks: Array.from({ length: count + 1 }, (_, index) => step * index) };
}

/** What ticks are round numbers of. */
function toBase(highest: number, unit: string): number {
  if (isBytes(unit)) return 1024 ** Math.floor(Math.log2(highest) / 10);
  return unit === 'ms' && highest >= longMs ? minuteMs : 1;
}

/** A tick as a person reads it: 12k, 64 MB, 1.5 s, 27 min. */
export function toTickText(value: number, unit: string): string {
  if (value === 0) return '0';
  if (isBytes(unit)) return scaled(value, 1024, [' B', ' kB', ' MB', ' GB']);
  if (unit !== 'ms') return scaled(value, 1000, ['', 'k', 'M', 'G']);
  if (value >= longMs) return `${short(value / minuteMs)} min`;
  return value >= 1000 ? `${short(value / 1000)} s` : `${short(value)} ms`;
}

function isBytes(unit: string): boolean {
  return unit.startsWith('bytes');
}

function scaled(value: number, step: number, names: readonly string[]): string {
  const power = Math.max(0, Math.min(names.length - 1, Math.floor(Math.log(value) / Math.log(step) + 1e-9)));
  return `${short(value / step ** power)}${names[power] ?? ''}`;
}

function short(number: number): string {
  return String(Number(number.toPrecision(3)));
}
