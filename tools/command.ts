// What a command of the `tailrace` program is: data, and a function that runs it. Parsing follows from the data, and so
// does the help (command-help.ts); only cli.ts exits the process.

import { parseArgs } from 'node:util';

/** One option of a command. */
export interface OptionSpec {
  readonly kind: 'flag' | 'text' | 'integer';
  /** One line for `--help`. */
  readonly summary: string;
  /** What stands for the value in `--help`, such as `HOST:PORT`. */
  readonly valueName?: string;
  /** Whether it may be given several times. */
  readonly isList?: boolean;
  /** Whether it may stand without a value, which then is `true`. A value that is none of `oneOf` follows a `=`. */
  readonly isValueOptional?: boolean;
  /** Allowed range of an integer. */
  readonly range?: readonly [min: number, max: number];
  /** The only values allowed. */
  readonly oneOf?: readonly string[];
  /** Shown in `--help`. */
  readonly byDefault?: string;
}

/** What a command takes without a dash in front of it: one word, always required. */
export interface ArgumentSpec {
  /** Its name in `OptionValues` and in the help, such as `consumer`. */
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
}

/** The values of a command's options and of its argument, by name; what was not given is undefined. */
export type OptionValues = Readonly<
  Record<string, string | boolean | number | readonly string[] | undefined>
>;

/** Where a command writes, and what tells it to stop. */
export interface CommandIo {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Aborts on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
}

/** A command of the program. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs for the command's own `--help`. */
  readonly about: readonly string[];
  /** Default none: a stray word is refused. */
  readonly argument?: ArgumentSpec;
  /** A second word, or the only one, which may be left out. Default none. */
  readonly optionalArgument?: ArgumentSpec;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** What the exit codes say of this command, where that is more than the table has. */
  readonly exitCodes?: Readonly<Record<number, string>>;
  /** Runs it; the number is the exit code. */
  readonly run: (values: OptionValues, io: CommandIo) => Promise<number>;
}

/** The command line is not one of this program; the message says what to write instead. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/**
 * Reads a command's options.
 *
 * @throws UsageError `USAGE` on an unknown option, a missing or impossible value, a missing or a stray argument
 */
export function parseOptions(command: Command, args: readonly string[]): OptionValues {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { kind, isList }]) => [
      name,
      { type: kind === 'flag' ? ('boolean' as const) : ('string' as const), multiple: isList === true },
    ]),
  );
  const { argument } = command;
  let values: OptionValues;
  let words: readonly string[];
  try {
    const parsed = parseArgs({
      args: joinOptionalValues(command, args),
      options,
      allowPositionals: argument !== undefined || command.optionalArgument !== undefined,
    });
    values = parsed.values as OptionValues;
    words = parsed.positionals;
  } catch (error) {
    // parseArgs' first sentence names the option; what follows is advice for programs that take positionals.
    const [what] = (error instanceof Error ? error.message : String(error)).split(/\. |\.$/);
    throw new UsageError(
      `${what?.replace(/^./, (first) => first.toLowerCase())}; see tailrace ${command.name} --help`,
    );
  }
  const checked = Object.entries(values).map(
    ([name, value]) => [name, toValue(name, command.options[name], value)] as const,
  );
  const { optionalArgument: optional } = command;
  const required = optional === undefined ? words : words.slice(0, 1);
  const first = argument && [argument.name, toArgument(command, argument, required)];
  const more = argument === undefined ? words : words.slice(1);
  const second = optional && more.length > 0 && [optional.name, toArgument(command, optional, more)];
  return Object.fromEntries([...checked, ...(first ? [first] : []), ...(second ? [second] : [])]);
}

// parseArgs knows no option whose value may be missing: `--logs json` becomes `--logs=json`, and `--logs` alone `--logs=`. And it
// takes a negative number for an option: `--rate -1` becomes `--rate=-1`.
function joinOptionalValues({ options }: Command, args: readonly string[]): string[] {
  const joined: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? '';
    const spec = word.startsWith('--') ? options[word.slice(2)] : undefined;
    const next = args[index + 1];
    if (spec?.isValueOptional !== true) {
      const isNegative = spec !== undefined && spec.kind !== 'flag' && /^-[\d.]/.test(next ?? '');
      joined.push(isNegative ? `${word}=${next}` : word);
      if (isNegative) index++;
      continue;
    }
    const isValue = next !== undefined && spec.oneOf?.includes(next) === true;
    joined.push(`${word}=${isValue ? next : ''}`);
    if (isValue) index++;
  }
  return joined;
}

function toArgument(command: Command, { name, summary }: ArgumentSpec, words: readonly string[]): string {
  const [word] = words;
  if (word !== undefined && words.length === 1) return word;
  const got = words.length === 0 ? 'none' : words.map((each) => JSON.stringify(each)).join(' ');
  throw new UsageError(
    `<${name}> ${words.length === 0 ? 'is missing' : 'is more than one word'}, got ${got}, expected ${summary}; see tailrace ${command.name} --help`,
  );
}

function toValue(
  name: string,
  spec: OptionSpec | undefined,
  value: OptionValues[string],
): OptionValues[string] {
  if (spec === undefined || value === undefined) return value;
  if (spec.isValueOptional === true && value === '') return true;
  for (const each of Array.isArray(value) ? value : [value]) {
    if (spec.oneOf && !spec.oneOf.includes(String(each))) {
      throw new UsageError(
        `--${name} is not one of its values, got ${JSON.stringify(each)}, expected ${spec.oneOf.join(', ')}`,
      );
    }
  }
  if (spec.kind !== 'integer') return value;
  const [min, max] = spec.range ?? [0, Number.MAX_SAFE_INTEGER];
  const number = toNumber(String(value));
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  const what = Number.isInteger(number) ? 'out of range' : 'not an integer';
  throw new UsageError(
    `--${name} is ${what}, got ${JSON.stringify(value)}, expected an integer ${min}..${max}`,
  );
}

/** A number as people write it, `1e6` too; NaN for anything else. */
export function toNumber(text: string): number {
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}

/** Options of commands that run an app's functions: what the app gets from elsewhere on AWS. Read them by {@link toPairs}. */
export const appValueOptions = {
  env: {
    kind: 'text',
    valueName: 'NAME=VALUE',
    isList: true,
    summary: 'environment variable for the functions, such as the address of a service on this machine',
    byDefault: "the template's",
  },
  parameter: {
    kind: 'text',
    valueName: 'NAME=VALUE',
    isList: true,
    summary: 'value for a parameter of the template',
    byDefault: 'the default in the template',
  },
} as const;

/** Reads `NAME=VALUE`, as often as there are names; the last one of a name counts. @throws UsageError `USAGE` for what is none */
export function toPairs(option: string, words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      // Not the word itself: what is given to a function may be a secret.
      if (at < 1)
        throw new UsageError(`--${option} is not a name and a value, got no =, expected NAME=VALUE`);
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}
