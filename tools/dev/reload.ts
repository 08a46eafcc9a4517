// What a change of the sources does to a running app: a function's bundle is replaced at once, then the app is synthesized, and what differs
// in its template follows. A broken edit changes nothing until it is mended.
import { basename } from 'node:path';
import { startSandbox } from '../local/sandbox/sandbox-start.ts';
import type { LocalRun } from '../local/run.ts';
import type { LambdaFunction, Topology } from '../template/topology.ts';
import type { AwsEndpoints } from '../aws/endpoints.ts';
import { createSourcePlaces } from '../terminal/source-places.ts';
import { BundleError, readBundleSources, rebuild } from './bundle-sources.ts';

/** A synthesized app that is read, until `remove()`. */
export interface SynthesizedApp {
  readonly app: Topology;
  readonly remove: () => Promise<void>;
}

/** What reloading needs. */
export interface ReloaderOptions {
  readonly local: Pick<LocalRun, 'replaceFunction' | 'replaceMapping'>;
  readonly endpoints: AwsEndpoints;
  readonly first: Topology;
  /** Synthesizes and reads the app as its sources are now. @throws SynthError, LocalError */
  readonly synthesize: () => Promise<SynthesizedApp>;
  /** Makes resources that the app has since. */
  readonly createResources: (app: Topology) => Promise<void>;
  readonly onLine: (line: string) => void;
  readonly onError: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Takes changes, one after another. */
export interface Reloader {
  /** Files that the functions' bundles were made from, absolute; those of other packages of a workspace lie outside of the project. */
  readonly sources: () => readonly string[];
  readonly change: (paths: readonly string[]) => Promise<void>;
  /** Removes what was built. */
  readonly close: () => Promise<void>;
}

const initLimitMs = 10_000;

/** Makes the reloader of a running app. */
export function createReloader(options: ReloaderOptions): Reloader {
  const { local, onLine, onError, signal } = options;
  let app = options.first;
  // What runs. An app whose function does not load is not taken on, and is compared again once it is mended.
  const running = new Map(
    options.first.mappings.map((mapping) => [mapping.consumer, toRunning(mapping, app)]),
  );
  const built: { readonly remove: () => Promise<void> }[] = [];
  let queue = Promise.resolve();
  let waiting: Set<string> | undefined;
  /** Functions whose bundle was just made anew. */
  const rebuilt = new Set<string>();

  // The same edit fails in the bundle and in the synthesis: it is told once.
  let lastError = '';
  let wasBroken = false;
  const complain = (what: string, error: unknown): void => {
    // What is being stopped does not load.
    if (signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    if (message === lastError) return;
    lastError = message;
    onError(`${what}; the old version goes on:\n${message}`);
  };

  /** Bundles what changed, without waiting for a synthesis. Gives false when an edit is broken. */
  const bundle = async (paths: readonly string[]): Promise<boolean> => {
    const startedMs = performance.now();
    for (const fn of app.functions) {
      const sources = readBundleSources(fn);
      if (sources === undefined || !paths.some((path) => sources.sources.has(path))) continue;
      try {
        const made = await rebuild(sources);
        built.push(made);
        await checkLoads(made.fn, options);
        local.replaceFunction(made.fn);
        rebuilt.add(fn.name);
        onLine(`${nameOf(fn, app)}: replaced after ${Math.round(performance.now() - startedMs)} ms`);
      } catch (error) {
        complain(`${nameOf(fn, app)} was not replaced`, error);
        // Synthesis would bundle the same files and fail in the same way, later and with more words.
        if (error instanceof BundleError) return false;
      }
    }
    return true;
  };

  const synthesize = async (): Promise<void> => {
    let next: SynthesizedApp;
    try {
      next = await options.synthesize();
    } catch (error) {
      if (!signal.aborted) complain('the app was not synthesized', error);
      return;
    }
    built.push(next);
    const before = app;
    app = next.app;
    await options.createResources(app);
    for (const mapping of app.mappings) {
      const fn = app.functions.find(({ name }) => name === mapping.functionName);
      const old = running.get(mapping.consumer);
      const next = toRunning(mapping, app);
      if (fn === undefined) continue;
      try {
        await checkLoads(fn, options);
        if (next.settings !== old?.settings) {
          await local.replaceMapping(mapping, fn);
          onLine(
            `${mapping.consumer}: ${old === undefined ? 'added' : 'its definition changed; its mapping was restarted'}`,
          );
        } else {
          local.replaceFunction(fn);
          if (next.asset !== old.asset && !rebuilt.has(fn.name)) onLine(`${mapping.consumer}: replaced`);
        }
        running.set(mapping.consumer, next);
      } catch (error) {
        complain(`${mapping.consumer} was not replaced`, error);
      }
    }
    for (const { consumer } of before.mappings)
      if (!app.mappings.some((each) => each.consumer === consumer))
        onLine(`${consumer}: no longer in the app; it goes on until dev ends`);
  };

  const work = async (paths: readonly string[]): Promise<void> => {
    lastError = '';
    try {
      if (signal.aborted || !(await bundle(paths)) || signal.aborted) return;
      await synthesize();
      if (wasBroken && lastError === '') onLine('mended; what runs is what is saved');
    } catch (error) {
      complain('the app was not taken on', error);
    } finally {
      rebuilt.clear();
      wasBroken = lastError !== '';
    }
  };

  return {
    sources: () => app.functions.flatMap((fn) => [...(readBundleSources(fn)?.sources ?? [])]),
    async change(paths) {
      // Changes that come while one is worked on are taken together.
      if (waiting !== undefined) {
        for (const path of paths) waiting.add(path);
        return await queue;
      }
      const mine = (waiting = new Set(paths));
      const before = queue;
      const next = async (): Promise<void> => {
        await before;
        waiting = undefined;
        await work([...mine]);
      };
      queue = next();
      await queue;
    },
    async close() {
      await queue;
      await Promise.all(built.map(async ({ remove }) => await remove()));
    },
  };
}

/** Loads a function once, so that one that fails at its start replaces nothing. */
async function checkLoads(fn: LambdaFunction, { endpoints, signal }: ReloaderOptions): Promise<void> {
  const start = await startSandbox(
    {
      fn,
      accountId: endpoints.accountId,
      region: endpoints.region,
      endpoints: endpoints.environment,
      onLog: () => {},
    },
    { limitMs: initLimitMs, phase: 'init', signal },
  );
  if (start.kind === 'ready') return await start.sandbox.close();
  if (start.kind === 'overrun') throw new Error(`it does not load within ${initLimitMs / 1000} s`);
  const { result } = start;
  const why = 'errorMessage' in result ? result.errorMessage : 'its process ended';
  const trace = 'trace' in result ? (result.trace ?? []) : [];
  const place = createSourcePlaces(fn.assetPath).findOwn(trace);
  throw new Error(`it does not load, got ${why}${place === undefined ? '' : ` at ${place}`}`);
}

/** What a person calls a function: its consumers' names. */
function nameOf(fn: LambdaFunction, { mappings }: Topology): string {
  const names = mappings
    .filter(({ functionName }) => functionName === fn.name)
    .map(({ consumer }) => consumer);
  return names.length === 0 ? fn.name : names.join(', ');
}

/** What tells one version of a mapping and its function from another. */
interface Running {
  /** All but the code. */
  readonly settings: string;
  /** An asset's name is its content's digest. */
  readonly asset: string;
}

function toRunning(mapping: Topology['mappings'][number], { functions }: Topology): Running {
  const fn = functions.find(({ name }) => name === mapping.functionName);
  const { assetPath = '', warnings: _said, ...settings } = fn ?? {};
  return { settings: JSON.stringify([mapping, settings]), asset: basename(assetPath) };
}
