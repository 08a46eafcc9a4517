// A line that a function has printed, told as a person reads it: level, message, the record's place, and the other fields, on one line.

import { stripVTControlCharacters } from 'node:util';
import type { SourcePlaces } from './source-places.ts';

/** What a line says. */
export interface LogEntry {
  /** As `INFO`; undefined for a line without one. */
  readonly level: string | undefined;
  readonly message: string;
  /** Fields beside the message, the place of a record among them. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly error: LoggedError | undefined;
}

/** An error as a line tells it. */
export interface LoggedError {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string | undefined;
  /** Frames, innermost first, each with a place at its end. */
  readonly frames: readonly string[];
}

/** What each line of a logger or of Lambda has, and no person reads. */
const standing = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'requestId',
  'cold_start',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
  'correlation_id',
]);

/** Reads a line: JSON of a logger, JSON or text of Lambda's console, or anything else as it is. */
export function readLogLine(line: string): LogEntry {
  const parsed = line.startsWith('{') ? parse(line) : undefined;
  if (parsed !== undefined && ('message' in parsed || 'errorMessage' in parsed)) return fromJson(parsed);
  const text = /^\d{4}-\d\d-\d\dT[\d:.]+Z\t\S*\t([A-Z]+)\t([^]*)$/.exec(line);
  if (text === null) return { level: undefined, message: line, fields: {}, error: undefined };
  const [, level, message = ''] = text;
  return fromText(level, message.replaceAll('\r', '\n'));
}

/** The entry on one line, `consumer` first. */
export function toLogLine(
  entry: LogEntry,
  { consumer, places }: { readonly consumer: string; readonly places: SourcePlaces | undefined },
): string {
  const { level = '', message, fields, error } = entry;
  const words = [
    consumer,
    level.padEnd(5),
    places === undefined ? toOneLine(message) : places.translate(toOneLine(message)),
    ...toFields(fields),
    ...(error === undefined ? [] : [toErrorWords(error, places)]),
  ];
  return clean(words.filter((word) => word.trim() !== '').join('  '));
}

/** `RangeError [CODE]: message, at handlers/orders/handler.ts:7:9`. */
export function toErrorWords(error: LoggedError, places: SourcePlaces | undefined): string {
  const { name, code, message, frames } = error;
  const at = places?.findOwn(frames);
  const what = `${name}${code === undefined || code === name ? '' : ` [${code}]`}`;
  return `${what}${message ? `: ${toOneLine(message)}` : ''}${at === undefined ? '' : `, at ${at}`}`;
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    // It only looks like JSON; the function may print what it likes.
    return undefined;
  }
}

function fromJson(parsed: Readonly<Record<string, unknown>>): LogEntry {
  const { level, message, errorType, errorMessage, stackTrace, error: given, ...rest } = parsed;
  const isLambdaError = typeof errorType === 'string';
  const error = isLambdaError
    ? toError({ name: errorType, message: errorMessage, stack: stackTrace })
    : isObject(message) && typeof message['errorType'] === 'string'
      ? toError({ ...message, name: message['errorType'], message: message['errorMessage'] })
      : isObject(given)
        ? toError(given)
        : undefined;
  const fields = Object.entries(rest).filter(([name]) => !standing.has(name));
  return {
    level: typeof level === 'string' ? level : undefined,
    message: error !== undefined && isObject(message) ? '' : toText(message ?? ''),
    fields: Object.fromEntries(
      given !== undefined && !isObject(given) ? [...fields, ['error', given]] : fields,
    ),
    error,
  };
}

// The console's own text: `Invoke Error 	{"errorType":...}`, or what was logged, perhaps with a stack below it.
function fromText(level: string | undefined, message: string): LogEntry {
  const [, title = '', json = ''] =
    /^(Invoke Error|Init Error|Uncaught Exception) ?\s*(\{[^]*\})$/.exec(message) ?? [];
  const parsed = json === '' ? undefined : parse(json);
  if (parsed !== undefined)
    return {
      level,
      message: title,
      fields: {},
      error: toError({ ...parsed, name: parsed['errorType'], message: parsed['errorMessage'] }),
    };
  const lines = message.split('\n');
  const frames = lines.filter((line) => /^\s+at /.test(line));
  if (frames.length === 0) return { level, message, fields: {}, error: undefined };
  const head = lines
    .slice(
      0,
      lines.findIndex((line) => /^\s+at /.test(line)),
    )
    .join(' ');
  const [, before = '', name = 'Error', said = ''] = /^(.*?)\b(\w*(?:Error|Exception)\w*)(?::? (.*))?$/s.exec(
    head,
  ) ?? ['', head];
  return {
    level,
    message: before.trim(),
    fields: {},
    error: { name, code: undefined, message: said, frames },
  };
}

function toError(given: Readonly<Record<string, unknown>>): LoggedError {
  const { name, code, message, stack, trace, frames, stackTrace } = given;
  const list = [stack, stackTrace, trace, frames].find((each) => each !== undefined);
  const lines = typeof list === 'string' ? list.split('\n') : Array.isArray(list) ? list.map(String) : [];
  return {
    name: typeof name === 'string' ? name : 'Error',
    code: typeof code === 'string' ? code : undefined,
    message: typeof message === 'string' ? message : undefined,
    frames: lines.filter((line) => /:\d+:\d+\)?$/.test(line)),
  };
}

/** Of the runtime's own account of an invocation, what is not in the summary of the run. */
const counts = ['records', 'done', 'skipped', 'deadLettered', 'retried', 'declined', 'durationMs'];

function toFields({ tailrace, ...fields }: Readonly<Record<string, unknown>>): string[] {
  if (isObject(tailrace))
    return counts.filter((name) => tailrace[name]).map((name) => `${name}=${toText(tailrace[name])}`);
  const { topic, partition, offset, ...others } = fields;
  const hasPlace = topic !== undefined && partition !== undefined && offset !== undefined;
  const rest = hasPlace ? others : fields;
  const words = Object.entries(rest).map(([name, value]) => `${name}=${toText(value)}`);
  return hasPlace ? [...words, `${toText(topic)}-${toText(partition)}@${toText(offset)}`] : words;
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}

/** Without what would move the cursor of the terminal or change its colours. */
function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is taken out
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '');
}

function toOneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' | ').trim();
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
