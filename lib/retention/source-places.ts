// From a place in a bundle to the file and line that a person wrote, by the source map beside the bundle. Its own file because
// it is needed once in the life of an environment, and reads files.

import type { SourceMap } from 'node:module';
import { relative } from 'node:path';

/** A place that is neither Node's or the runtime client's nor this library's. */
export interface UserPlace {
  /** `file:line`. */
  readonly at: string;
  /** Whether a package that the user has installed is there. */
  readonly isPackage: boolean;
}

// A map takes ten times its size in memory while it is read.
const mostMapBytes = 4 * 1_048_576;

/** Finds places; reads each map once. */
export class SourcePlaces {
  readonly #maps = new Map<string, SourceMap | undefined>();
  readonly #own: string | undefined;

  constructor() {
    // `at url:line:column`: where this file is, in the bundle and in its sources, so is the library.
    const frame = /((?:file:\/\/)?\/\S*?):(\d+):(\d+)\)?$/m.exec(new Error('here').stack ?? '');
    const here = frame && this.#toSource(toUrl(frame[1] ?? ''), Number(frame[2]) - 1, Number(frame[3]) - 1);
    this.#own = here?.file.replace(/retention\/source-places\.[cm]?[jt]s$/, '');
  }

  /** Where a function stands; line and column from 0. */
  find(url: string, line: number, column: number): 'node' | 'library' | UserPlace {
    if (!url.startsWith('file:') && !url.startsWith('/')) return 'node';
    const root = process.env['LAMBDA_TASK_ROOT'];
    if (root !== undefined && !toPath(url).startsWith(root)) return 'node';
    const { file, line: sourceLine } = this.#toSource(toUrl(url), line, column);
    if (this.#own !== undefined && file.startsWith(this.#own)) return 'library';
    return { at: `${file}:${sourceLine}`, isPackage: file.includes('node_modules/') };
  }

  #toSource(url: string, line: number, column: number): { readonly file: string; readonly line: number } {
    const entry = this.#mapOf(url)?.findEntry(line, column);
    if (entry && 'originalSource' in entry && entry.originalSource !== undefined)
      return { file: entry.originalSource.replace(/^(?:\.\.?\/)+/, ''), line: entry.originalLine + 1 };
    return { file: relative(process.cwd(), toPath(url)), line: line + 1 };
  }

  #mapOf(url: string): SourceMap | undefined {
    if (!this.#maps.has(url)) this.#maps.set(url, readMap(url));
    return this.#maps.get(url);
  }
}

function toPath(url: string): string {
  return url.startsWith('file:') ? process.getBuiltinModule('node:url').fileURLToPath(url) : url;
}

function toUrl(place: string): string {
  return place.startsWith('/') ? `file://${place}` : place;
}

function readMap(url: string): SourceMap | undefined {
  try {
    const path = `${toPath(url)}.map`;
    const { readFileSync, statSync } = process.getBuiltinModule('node:fs');
    if (statSync(path).size > mostMapBytes) return undefined;
    const { SourceMap: Reader } = process.getBuiltinModule('node:module');
    return new Reader(JSON.parse(readFileSync(path, 'utf8')) as ConstructorParameters<typeof SourceMap>[0]);
  } catch {
    // No map beside it, or none that can be read: the bundle's own lines have to do.
    return undefined;
  }
}
