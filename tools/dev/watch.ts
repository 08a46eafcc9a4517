// Watches a project's files. Several changes in a row are told as one: editors write a file in steps.
import { basename, relative, sep } from 'node:path';
import { watch as watchFiles } from 'chokidar';

/** A watch until `close()`. */
export interface Watch {
  readonly close: () => Promise<void>;
}

/** Folders that hold what is made, not written. */
const made = new Set(['node_modules', 'dist', 'coverage']);
/** An editor's steps are this close together. */
const settleMs = 60;

/** Whether a path is one that a person edits. */
export function isSource(project: string, path: string): boolean {
  const parts = relative(project, path).split(sep);
  return (
    !parts.some((part) => made.has(part) || part.startsWith('.') || part.startsWith('cdk.out')) &&
    !/~$|\.sw[px]$/.test(basename(path))
  );
}

/** Starts watching; resolves once every folder is known. `onChange` gets absolute paths, once for changes close together. */
export async function watch(project: string, onChange: (paths: readonly string[]) => void): Promise<Watch> {
  const watcher = watchFiles(project, {
    ignoreInitial: true,
    ignored: (path) => path !== project && !isSource(project, path),
  });
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  watcher.on('all', (kind, path) => {
    if (kind === 'addDir' || kind === 'unlinkDir') return;
    changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const paths = [...changed];
      changed.clear();
      onChange(paths);
    }, settleMs);
  });
  await new Promise((resolve) => watcher.once('ready', () => resolve(undefined)));
  return {
    async close() {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}
