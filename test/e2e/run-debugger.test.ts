// A debugger at a function of a run: a breakpoint in the handler's own file pauses it there.

import assert from 'node:assert/strict';
import { generatedPositionFor, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectInspector, type Inspector } from '../../tools/soak/sandbox/inspector.ts';
import { root, startCli } from '../support/cli.ts';
import { until } from '../support/until.ts';

const handler = join(root, 'handlers/materialize/handler.ts');

interface Script {
  readonly url: string;
  readonly sourceMapURL: string;
}

interface Pause {
  readonly callFrames: readonly {
    readonly url: string;
    readonly location: { readonly lineNumber: number; readonly columnNumber: number };
  }[];
}

/** Everything that the debugger is told. */
function listen(inspector: Inspector): { readonly scripts: Script[]; readonly pauses: Pause[] } {
  const told = { scripts: [] as Script[], pauses: [] as Pause[] };
  inspector.listen('Debugger.scriptParsed', (script) => told.scripts.push(script as Script));
  inspector.listen('Debugger.paused', (pause) => told.pauses.push(pause as Pause));
  return told;
}

/** The map of a script, as a debugger finds it, and the name that it has for a file. */
async function readMap(
  { url, sourceMapURL }: Script,
  file: string,
): Promise<{ readonly map: TraceMap; readonly source: string }> {
  const map = new TraceMap(await readFile(fileURLToPath(new URL(sourceMapURL, url)), 'utf8'));
  const folder = dirname(fileURLToPath(url));
  const source = map.sources.find((each) => each !== null && join(folder, each) === file);
  assert.ok(source, `no source is ${file}, got ${map.sources.slice(0, 5).join(', ')}`);
  return { map, source };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A debugger at the process that waits at `port` for one. */
async function attach(port: number): Promise<Inspector> {
  const list = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as readonly {
    readonly webSocketDebuggerUrl: string;
  }[];
  return await connectInspector(list[0]?.webSocketDebuggerUrl ?? '');
}

test("pauses at a breakpoint in a handler's .ts, at the port that was asked for", async (t) => {
  const text = await readFile(handler, 'utf8');
  const line = text.split('\n').findIndex((each) => each.includes('const item = toItem(')) + 1;
  const port = await findFreePort();
  const cli = startCli([
    'run',
    '--records',
    '20',
    '--poison',
    '0',
    '--consumer',
    'materialize',
    `--inspect-brk=${port}`,
  ]);
  t.after(() => cli.child.kill('SIGKILL'));
  await cli.printed(`Debugger listening on ws://127.0.0.1:${port}/`);
  const inspector = await attach(port);
  const { scripts, pauses } = listen(inspector);
  await inspector.call('Debugger.enable');
  await inspector.call('Runtime.runIfWaitingForDebugger');
  await until(() => pauses.length > 0, 'the process waits before its first line');
  const isBundle = ({ url }: Script): boolean => url.endsWith('/index.mjs') && url.includes('/asset.');
  assert.ok(!scripts.some(isBundle), 'the function has not been loaded');
  // As debuggers do: stop once when the script with the map is there, then set the breakpoint.
  await inspector.call('Debugger.setBreakpointByUrl', {
    urlRegex: '/asset\\..*/index\\.mjs$',
    lineNumber: 0,
  });
  await inspector.call('Debugger.resume');
  await until(() => pauses.length > 1, 'the bundle has been loaded');
  const script = scripts.find(isBundle);
  assert.ok(script);
  const { map, source } = await readMap(script, handler);
  const place = generatedPositionFor(map, { source, line, column: 4 });
  assert.ok(place.line !== null);
  await inspector.call('Debugger.setBreakpointByUrl', {
    url: script.url,
    lineNumber: place.line - 1,
    columnNumber: place.column,
  });
  await inspector.call('Debugger.resume');
  await until(() => pauses.length > 2, 'the breakpoint has been reached');
  const [frame] = pauses[2]?.callFrames ?? [];
  const { lineNumber = 0, columnNumber = 0 } = frame?.location ?? {};
  const original = originalPositionFor(map, { line: lineNumber + 1, column: columnNumber });
  assert.deepEqual([original.source, original.line], [source, line]);
  assert.ok(map.sourcesContent?.[map.sources.indexOf(source)]?.includes('const item = toItem('));
  await inspector.call('Debugger.disable');
  inspector.close();
  const { code, stdout, stderr } = await cli.ended;
  assert.equal(code, 0, stdout + stderr);
});
