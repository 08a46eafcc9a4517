// Places in a function's bundle, told as places in the files that a person wrote. The function's process needs no source maps
// for that, which would count in its memory.

import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Finds sources of one function's asset. */
export interface SourcePlaces {
  /** `text` with each `<file>:<line>:<column>` of the bundle replaced by its source's, as seen from the working directory. */
  readonly translate: (text: string) => string;
  /**
   * The innermost of a stack's frames that is the person's own code, as `handlers/orders/handler.ts:7:9`; one of a library where
   * none is, undefined where no frame is a place in the asset.
   */
  readonly findOwn: (frames: readonly string[]) => string | undefined;
}

const place = /(?:file:\/\/)?((?:\/|[A-Za-z]:\\)?[\w@$%+,.\-/\\ ]*?[\w-]\.[cm]?js):(\d+):(\d+)/g;

/** Makes the finder of the asset in the folder `assetPath`. Maps are read when they are first needed. */
export function createSourcePlaces(assetPath: string): SourcePlaces {
  const maps = new Map<string, TraceMap | undefined>();
  const mapOf = (file: string): TraceMap | undefined => {
    if (!maps.has(file)) maps.set(file, readMap(file));
    return maps.get(file);
  };
  const translate = (text: string): string =>
    text.replaceAll(place, (whole, file: string, line: string, column: string) => {
      const path = toPath(whole, file, assetPath);
      const map = path === undefined ? undefined : mapOf(path);
      if (path === undefined || map === undefined) return whole;
      const found = originalPositionFor(map, { line: Number(line), column: Number(column) - 1 });
      if (found.source === null) return whole;
      return `${toSourceName(path, found.source)}:${found.line}:${found.column + 1}`;
    });
  return {
    translate,
    findOwn(frames) {
      const inAsset = frames
        .map((frame) => ({ frame, translated: translate(frame) }))
        .filter(({ frame, translated }) => translated !== frame || frame.includes(assetPath))
        .map(({ translated }) => /([^\s(]+:\d+:\d+)\)?$/.exec(translated)?.[1])
        .filter((each) => each !== undefined);
      return inAsset.find((each) => !isLibrary(each)) ?? inAsset[0];
    },
  };
}

/** Of a package, or of this library itself, which is no package where it is developed. */
function isLibrary(name: string): boolean {
  return /(?:^|[/\\])node_modules[/\\]/.test(name) || name.startsWith('lib/');
}

function toPath(whole: string, file: string, assetPath: string): string | undefined {
  if (whole.startsWith('file:')) return within(fileURLToPath(`file://${file}`), assetPath);
  // The runtime's own lines name files as they lie in the asset.
  return isAbsolute(file) ? within(file, assetPath) : join(assetPath, file);
}

function within(path: string, folder: string): string | undefined {
  return relative(folder, path).startsWith('..') ? undefined : path;
}

function toSourceName(path: string, source: string): string {
  const full = resolve(dirname(path), source);
  // A map that was made elsewhere leads to nothing here; what it says below its folder is all there is.
  if (!existsSync(full)) return source.replace(/^(?:\.\.\/)+/, '');
  const near = relative(process.cwd(), full);
  return near.startsWith('..') ? full : near;
}

function readMap(file: string): TraceMap | undefined {
  try {
    return new TraceMap(readMapText(file));
  } catch {
    // No map, or none of use: the bundle's own lines have to do.
    return undefined;
  }
}

function readMapText(file: string): string {
  if (existsSync(`${file}.map`)) return readFileSync(`${file}.map`, 'utf8');
  const text = readFileSync(file, 'utf8');
  const inline = /\/\/# sourceMappingURL=data:application\/json[^,]*;base64,([\w+/=]+)\s*$/.exec(text)?.[1];
  return Buffer.from(inline ?? '', 'base64').toString();
}
