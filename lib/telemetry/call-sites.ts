// Where an error was made, as places in code files. V8 hands out a stack as call sites (https://v8.dev/docs/stack-trace-api); the
// text of `error.stack` is never parsed, because its first lines are the message, which may hold anything.

import type { SourceOrigin } from 'node:module';
import { isAbsolute, relative, sep } from 'node:path';

const maxFrames = 8;
const maxKnownFiles = 500;

/**
 * The innermost frames of an error, `<file>:<line>:<column>` each, at most 8.
 *
 * Only files that are part of the program count: below the function's folder (`LAMBDA_TASK_ROOT`, else the working directory),
 * in a layer, of the runtime, or Node's own. Function names, and scripts that are named by data (`eval`, `vm`, `data:` URLs), are left
 * out: a record may have named them. With `--enable-source-maps` the places are those of the sources. None when something has
 * read `error.stack` before: V8 then keeps its text alone.
 */
export function toFrames(error: Error): readonly string[] {
  // oxlint-disable-next-line typescript/unbound-method -- it is put back as it was, and V8 calls it without a receiver
  const before = Error.prepareStackTrace;
  let frames: readonly string[] = [];
  try {
    Error.prepareStackTrace = (failed, sites) => {
      if (failed === error) frames = sites.flatMap(toFrame).slice(0, maxFrames);
      return before ? (before(failed, sites) as unknown) : toStackText(failed, sites);
    };
    void error.stack;
  } catch {
    // A getter of the user's, or intrinsics that are frozen: the error has no frames then.
  } finally {
    Reflect.set(Error, 'prepareStackTrace', before);
  }
  return frames;
}

/** The text that V8 makes of a stack by default: whoever reads `error.stack` later finds it. */
function toStackText(error: Error, sites: readonly NodeJS.CallSite[]): string {
  return [headerOf(error), ...sites.map((site) => `    at ${textOf(site)}`)].join('\n');
}

/** `save (file:///var/task/index.mjs:12:5)`; the types do not know that call sites write themselves. */
function textOf(site: { toString(): string }): string {
  return site.toString();
}

function headerOf(error: Error): string {
  try {
    return String(error);
  } catch {
    return 'Error';
  }
}

function toFrame(site: NodeJS.CallSite): readonly string[] {
  const file = site.getFileName();
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  if (site.isEval() || !file || line === null || column === null) return [];
  const place = placeOf(file);
  if (place === undefined) return [];
  const origin = process.sourceMapsEnabled
    ? process.getBuiltinModule('node:module').findSourceMap(file)?.findOrigin(line, column)
    : undefined;
  if (!isOrigin(origin)) return [`${place}:${line}:${column}`];
  return [`${sourceNameOf(origin.fileName)}:${origin.lineNumber}:${origin.columnNumber}`];
}

/** Where the source map has nothing, Node gives an empty object. */
function isOrigin(origin: SourceOrigin | object | undefined): origin is SourceOrigin {
  return origin !== undefined && 'fileName' in origin;
}

/** A source as its map names it; the file itself need not be there. */
function sourceNameOf(name: string): string {
  const path = toPath(name);
  return isAbsolute(path) ? relative(rootFolder(), path) : path;
}

// Files stay what they are while a process lives, and an invocation may fail twenty times at the same one.
const places = new Map<string, string | undefined>();

function placeOf(file: string): string | undefined {
  if (!places.has(file)) {
    if (places.size >= maxKnownFiles) places.clear();
    places.set(file, findPlace(file));
  }
  return places.get(file);
}

function findPlace(file: string): string | undefined {
  if (/^node:[a-z0-9_/]+$/.test(file)) return file;
  try {
    const path = toRealPath(toPath(file));
    const inside = relative(rootFolder(), path);
    if (!inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return inside;
    return systemFolders().some((folder) => path.startsWith(folder)) ? path : undefined;
  } catch {
    // No such file: a script that was named by something else.
    return undefined;
  }
}

function rootFolder(): string {
  return toRealPath(process.env['LAMBDA_TASK_ROOT'] ?? process.cwd());
}

function systemFolders(): readonly string[] {
  const runtime = process.env['LAMBDA_RUNTIME_DIR'];
  return ['/opt/', '/var/runtime/', ...(runtime ? [`${runtime}${sep}`] : [])];
}

function toPath(file: string): string {
  return file.startsWith('file:') ? process.getBuiltinModule('node:url').fileURLToPath(file) : file;
}

function toRealPath(path: string): string {
  return process.getBuiltinModule('node:fs').realpathSync(path);
}
