// Watches a project's files. Several changes in a row are told as one: editors write a file in steps.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, relative, sep } from 'node:path';
import { watch as watchFiles } from 'chokidar';

/** A watch until `close()`. */
export interface Watch {
  /** Watches these files too, absolute, wherever they are; those that are watched already are watched once. */
  readonly add: (paths: readonly string[]) => void;
  readonly close: () => Promise<void>;
}

/** Folders that hold what is made, not written. */
const made = new Set(['node_modules', 'dist', 'coverage']);
/** An editor's steps are this close together. */
const settleMs = 60;

/** Whether a path is one that a person edits; what a compiler has written beside its source is none. */
export function isSource(project: string, path: string): boolean {
  const parts = relative(project, path).split(sep);
  return (
    !parts.some((part) => made.has(part) || part.startsWith('.') || part.startsWith('cdk.out')) &&
    !/~$|\.sw[px]$/.test(basename(path)) &&
    !isCompiled(path)
  );
}

function isCompiled(path: string): boolean {
  const source = path.replace(/(?:\.d\.([cm]?)ts|\.([cm]?)js)(?:\.map)?$/, '.$1$2ts');
  return source !== path && existsSync(source);
}

/** Tells a file that was written anew with the same bytes, as a synthesis may do, from one that was changed. */
function createSameness(): (path: string) => boolean {
  const digests = new Map<string, string>();
  return (path) => {
    const digest = existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('base64') : '';
    const isSame = digests.get(path) === digest;
    digests.set(path, digest);
    return isSame;
  };
}

/** Starts watching; resolves once every folder is known. `onChange` gets absolute paths, once for changes close together. */
export async function watch(project: string, onChange: (paths: readonly string[]) => void): Promise<Watch> {
  const outside = new Set<string>();
  const watcher = watchFiles(project, {
    ignoreInitial: true,
    ignored: (path) => path !== project && !outside.has(path) && !isSource(project, path),
  });
  const changed = new Set<string>();
  const isSame = createSameness();
  let timer: NodeJS.Timeout | undefined;
  watcher.on('all', (kind, path) => {
    if (kind === 'addDir' || kind === 'unlinkDir') return;
    changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const paths = [...changed].filter((path) => !isSame(path));
      changed.clear();
      if (paths.length > 0) onChange(paths);
    }, settleMs);
  });
  await new Promise((resolve) => watcher.once('ready', () => resolve(undefined)));
  return {
    add(paths) {
      // Chokidar would open again.
      if (watcher.closed) return;
      const added = paths.filter((path) => !outside.has(path) && relative(project, path).startsWith('..'));
      for (const path of added) outside.add(path);
      watcher.add(added);
    },
    async close() {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}
