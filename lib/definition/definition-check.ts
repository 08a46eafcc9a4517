// The checks behind defineConsumer. Each reads one field, notes a problem with the field's name, what was got and what
// is allowed, and goes on with the default, so that one run shows everything that is wrong.

import type { Codec } from '../codec/codec.ts';
import type { Format } from '../format/format.ts';

/** One thing wrong in a definition. */
export interface Problem {
  readonly field: string;
  readonly got: string;
  readonly expected: string;
}

/** Reads the fields of one object of a definition. */
export interface Section {
  integer(name: string, range: readonly [min: number, max: number], byDefault: number): number;
  boolean(name: string, byDefault: boolean): boolean;
  oneOf<const T extends string>(name: string, allowed: readonly T[], byDefault: T): T;
  match(name: string, pattern: RegExp, expected: string): string;
  format(name: string): Format<unknown> | undefined;
  compression(name: string, codecs: readonly Codec[]): 'detect' | 'none' | readonly Codec[];
  /** A nested object; an absent one reads as empty. */
  section(name: string): Section;
  /** A nested object, or undefined where `false` stands in its place. */
  sectionOrFalse(name: string): Section | undefined;
  isGiven(name: string): boolean;
  /** A field that may not stand there, although another definition may have it. */
  forbid(name: string, expected: string): void;
  /** Fields that may stand there and are not read. */
  allow(...names: readonly string[]): void;
}

/** Fields of earlier versions, by what they are called now. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['maxInflatedBytesPerRecord', 'maxDecompressedBytesPerRecord'],
  ['maxInflatedBytesInFlight', 'maxDecompressedBytesInFlight'],
  ['windowSeconds', 'maximumBatchingWindowSeconds'],
  ['pollers', 'provisionedPollers'],
  ['startFrom', 'startingPosition'],
]);

/** Opens `definition` for reading; `finish()` adds the fields that nothing asked for, and returns every problem. */
export function checkDefinition(definition: unknown): {
  readonly top: Section;
  readonly finish: () => readonly Problem[];
} {
  const problems: Problem[] = [];
  const closers: (() => void)[] = [];
  const top = createSection('', definition, problems, closers);
  return {
    top,
    finish() {
      for (const close of closers) close();
      return problems;
    },
  };
}

function createSection(path: string, value: unknown, problems: Problem[], closers: (() => void)[]): Section {
  const place = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const note = (field: string, got: unknown, expected: string): void => {
    problems.push({ field, got: shown(got), expected });
  };
  if (!isObject(value)) note(path === '' ? 'definition' : path, value, 'an object');
  const fields = isObject(value) ? value : {};
  const known = new Set<string>();
  closers.push(() => {
    for (const name of Object.keys(fields)) {
      if (known.has(name)) continue;
      const now = renamed.get(name);
      const why = now === undefined ? `known are ${[...known].join(', ')}` : `it is called ${now} now`;
      note(place(name), fields[name], `no such field; ${why}`);
    }
  });

  /** The value when it is absent (the default) or passes; otherwise notes the problem and gives the default. */
  const read = <T>(name: string, byDefault: T, expected: string, passes: (given: unknown) => boolean): T => {
    known.add(name);
    const given = fields[name];
    if (given === undefined) return byDefault;
    if (passes(given)) return given as T;
    note(place(name), given, expected);
    return byDefault;
  };

  return {
    integer: (name, [min, max], byDefault) =>
      read(name, byDefault, `an integer ${min}..${max}`, (given) => {
        return Number.isSafeInteger(given) && (given as number) >= min && (given as number) <= max;
      }),
    boolean: (name, byDefault) =>
      read(name, byDefault, 'true or false', (given) => typeof given === 'boolean'),
    oneOf: (name, allowed, byDefault) =>
      read(name, byDefault, allowed.map((each) => `"${each}"`).join(' or '), (given) =>
        allowed.some((each) => each === given),
      ),
    match(name, pattern, expected) {
      if (fields[name] === undefined) note(place(name), undefined, expected);
      return read(name, '', expected, (given) => typeof given === 'string' && pattern.test(given));
    },
    format: (name) => read(name, undefined, 'a format such as json(), text() or bytes()', isFormat),
    compression: (name, codecs) =>
      read<'detect' | 'none' | readonly Codec[]>(
        name,
        'detect',
        `"detect", "none", or a list of ${codecs.join(', ')}`,
        (given) =>
          given === 'detect' ||
          given === 'none' ||
          (Array.isArray(given) && given.length > 0 && given.every((each) => codecs.includes(each as Codec))),
      ),
    section(name) {
      known.add(name);
      return createSection(place(name), fields[name] ?? {}, problems, closers);
    },
    sectionOrFalse(name) {
      known.add(name);
      return fields[name] === false
        ? undefined
        : createSection(place(name), fields[name] ?? {}, problems, closers);
    },
    isGiven: (name) => fields[name] !== undefined,
    forbid(name, expected) {
      if (fields[name] !== undefined) note(place(name), fields[name], expected);
    },
    allow(...names) {
      for (const name of names) known.add(name);
    },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFormat(value: unknown): boolean {
  return isObject(value) && typeof value['name'] === 'string' && typeof value['decode'] === 'function';
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = toText(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** JSON has no NaN, and cannot write bigints or cycles: of those the type is shown. */
function toText(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint')
    return typeof value === 'bigint' ? `${value}n` : String(value);
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return typeof value;
  }
}
