// The console of a function's process, in Lambda's text and JSON formats, as the runtime client of Node 24 writes it. Plain
// JavaScript without imports of ours, like bootstrap.mjs; its own file because a log line is known to no other part.
import { format } from 'node:util';

const { AWS_LAMBDA_LOG_FORMAT: logFormat, AWS_LAMBDA_LOG_LEVEL: logLevel } = process.env;
const isJson = logFormat?.toUpperCase() === 'JSON';
const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const leastLevel = Math.max(0, levels.indexOf(logLevel?.toUpperCase()));
const writeOut = process.stdout.write.bind(process.stdout);
const writeErr = process.stderr.write.bind(process.stderr);
let requestId = '-';

/** Names the invocation in the lines that follow; lines between two invocations bear the earlier one's id, as on Lambda. */
export function setLogRequestId(id) {
  requestId = id;
}

/** Gives the console Lambda's formats. Loggers that bring their own Console, as Powertools does, are not touched there either. */
export function patchConsole() {
  const methods = { trace: 'TRACE', debug: 'DEBUG', info: 'INFO', log: 'INFO' };
  Object.assign(methods, { warn: 'WARN', error: 'ERROR', fatal: 'FATAL' });
  for (const [method, level] of Object.entries(methods)) {
    const isHidden = levels.indexOf(level) < leastLevel;
    const write = levels.indexOf(level) >= levels.indexOf('WARN') ? writeErr : writeOut;
    console[method] = (first, ...rest) => {
      if (!isHidden) write(`${toLine(level, [first, ...rest])}\n`);
    };
  }
}

/** Logs what ended an init or an invocation, `title` being `Init Error` or `Invoke Error`. */
export function logError(title, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (isJson) console.error(error);
  else console.error(title, `\t${stringifyError(error)}`);
}

/** Writes the runtime's mark to both streams: the runner takes an invocation for finished once it has read both. */
export async function flushLogs(mark) {
  await Promise.all([writeOut, writeErr].map((write) => new Promise((resolve) => write(mark, resolve))));
}

function toLine(level, values) {
  const timestamp = new Date().toISOString();
  if (isJson) return toJsonLine({ timestamp, level, requestId }, values);
  return [timestamp, requestId, level, format(...values)].join('\t').replaceAll('\n', '\r');
}

// One value stays what it is, several are formatted; the first error among several is told in fields of its own.
function toJsonLine(head, values) {
  if (values.length < 2) {
    try {
      return JSON.stringify({ ...head, message: values[0] }, errorToFields);
    } catch {
      // Circular, or a BigInt: told as the console would.
      return JSON.stringify({ ...head, message: format(values[0]) });
    }
  }
  const error = values.slice(1).find((value) => value instanceof Error);
  const message = format(...values);
  return JSON.stringify({ ...head, message, ...(error !== undefined && fieldsOf(error)) });
}

function errorToFields(_key, value) {
  return value instanceof Error ? Object.assign(fieldsOf(value), value) : value;
}

function fieldsOf(error) {
  return {
    errorType: error.constructor?.name ?? 'UnknownError',
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : error.stack,
  };
}

function stringifyError(error) {
  try {
    return JSON.stringify(error, errorToStack);
  } catch {
    // A field of its own that JSON cannot hold.
    const { name: errorType, message: errorMessage, stack } = error;
    return JSON.stringify({ errorType, errorMessage, trace: stack?.split('\n') ?? [] });
  }
}

function errorToStack(_key, value) {
  if (!(value instanceof Error)) return value;
  const { name: errorType, message: errorMessage, code, stack } = value;
  return Object.assign({ errorType, errorMessage, code }, value, stack && { stack: stack.split('\n') });
}
