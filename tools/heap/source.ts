// From a place in a bundle to the file and line that a person wrote. Own file: scripts come from the live process, source
// maps from beside the bundle, and a variable's place has to be looked for in the text, since V8 keeps none.
import { originalPositionFor, traceSegment, TraceMap } from '@jridgewell/trace-mapping';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { HeapSnapshot } from './snapshot.ts';

/** A script of the process. */
export interface Script {
  /** As `file:///...` or `node:internal/timers`. */
  readonly url: string;
  readonly text: string;
}

/** Gives a script by V8's id; undefined for one that is gone. */
export type FindScript = (scriptId: number) => Promise<Script | undefined>;

/** A place in a source file. */
export interface SourcePlace {
  /** As the source map names it, below the project; else the script's own name. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** The place of a variable. */
export interface VariablePlace extends SourcePlace {
  /** As its author calls it: a bundler renames variables of the same name. Undefined where its map does not tell. */
  readonly name: string | undefined;
}

/** Where a variable of a scope is declared; the scope's first function where its declaration is not found. */
export async function findVariable(
  heap: HeapSnapshot,
  { scope, variable }: { readonly scope: number; readonly variable: string },
  findScript: FindScript,
): Promise<VariablePlace | undefined> {
  const inside = closuresIn(heap, scope)[0];
  const location = inside === undefined ? undefined : heap.locations.get(inside);
  const script = location === undefined ? undefined : await findScript(location.scriptId);
  if (location === undefined || script === undefined) return undefined;
  const lines = script.text.split('\n');
  const at = findDeclaration(lines, variable, location.line);
  if (at === undefined) return { ...toSource(script, location), name: undefined };
  return { ...toSource(script, at), name: toSourceName(script, at) };
}

/** Where a module declares a variable that it exports. */
export function findExported(script: Script, variable: string): SourcePlace | undefined {
  const lines = script.text.split('\n');
  const at = findDeclaration(lines, variable, lines.length);
  return at === undefined ? undefined : toSource(script, at);
}

/** Where a function stands. */
export async function findFunction(
  heap: HeapSnapshot,
  closure: number,
  findScript: FindScript,
): Promise<SourcePlace | undefined> {
  const location = heap.locations.get(closure);
  const script = location === undefined ? undefined : await findScript(location.scriptId);
  return location === undefined || script === undefined ? undefined : toSource(script, location);
}

interface Position {
  readonly line: number;
  readonly column: number;
}

function closuresIn(
  { nodeCount, firstEdge, edgeTo, edgeName, nodeType, nodeTypes, text }: HeapSnapshot,
  scope: number,
): readonly number[] {
  const closureType = nodeTypes.indexOf('closure');
  const found: number[] = [];
  for (let node = 0; node < nodeCount; node++) {
    if (nodeType[node] !== closureType) continue;
    for (let at = firstEdge[node] ?? 0; at < (firstEdge[node + 1] ?? 0); at++)
      if (edgeTo[at] === scope && text(edgeName[at] ?? 0) === 'context') found.push(node);
  }
  return found;
}

// A module's own variables begin their line in esbuild's output; any other is declared above the function that uses it.
function findDeclaration(
  lines: readonly string[],
  variable: string,
  usedAtLine: number,
): Position | undefined {
  const name = variable.replaceAll('$', String.raw`\$`);
  const top = new RegExp(
    String.raw`^(?:export )?(?:const|let|var|class|(?:async )?function\*?)\s+${name}(?![\w$])`,
  );
  const nested = new RegExp(
    String.raw`\b(?:const|let|var|class|function\*?)\s+(?:[^;=]*[\s{[,(])?${name}(?![\w$])|[(,]\s*${name}\s*[,)=]`,
  );
  const inModule = lines.findIndex((line) => top.test(line));
  const above = lines.findLastIndex((line, index) => index <= usedAtLine && nested.test(line));
  const line = inModule >= 0 ? inModule : above >= 0 ? above : lines.findIndex((each) => nested.test(each));
  return line < 0
    ? undefined
    : {
        line,
        column: Math.max(0, lines[line]?.search(new RegExp(String.raw`(?<![\w$])${name}(?![\w$])`)) ?? 0),
      };
}

function toSource(script: Script, { line, column }: Position): SourcePlace {
  const mapped = readMap(script.url);
  if (mapped === undefined) return { file: script.url, line: line + 1 };
  const found = originalPositionFor(mapped, { line: line + 1, column });
  // The bundle stands somewhere below the project or outside of it, and its map's paths lead up from there.
  return found.source === null
    ? { file: script.url, line: line + 1 }
    : { file: found.source.replace(/^(?:\.\.\/)+/, ''), line: found.line };
}

// A map has names where they differ, for the very column that they stand in.
function toSourceName(script: Script, { line, column }: Position): string | undefined {
  const map = readMap(script.url);
  const segment = map === undefined ? null : traceSegment(map, line, column);
  return segment?.length === 5 && segment[0] === column ? map?.names[segment[4]] : undefined;
}

function readMap(url: string): TraceMap | undefined {
  if (!url.startsWith('file:')) return undefined;
  try {
    return new TraceMap(readFileSync(`${fileURLToPath(url)}.map`, 'utf8'));
  } catch {
    // A bundle without a map: its own lines have to do.
    return undefined;
  }
}
