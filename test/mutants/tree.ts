// A copy of the project for one worker to plant mutants in: the user's own files are never touched. Packages are linked.

import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { createTemporaryFolder } from '../../tools/temporary-folder.ts';
import type { NamedMutant } from './mutant.ts';
import { plant } from './plant.ts';

/** A copy of the project. */
export interface Tree {
  readonly root: string;
  /** Runs `work` while the mutants are planted, one for each file at most. @throws PlantError */
  readonly withMutants: <T>(mutants: readonly NamedMutant[], work: () => Promise<T>) => Promise<T>;
  readonly remove: () => Promise<void>;
}

const leftOut: ReadonlySet<string> = new Set([
  'node_modules',
  '.git',
  '.cache',
  '.tailrace',
  'cdk.out',
  'dist',
  'coverage',
]);

/** Copies the project in `source`. */
export async function copyTree(source: string): Promise<Tree> {
  const folder = await createTemporaryFolder('mutants');
  const root = join(folder.path, 'project');
  await cp(source, root, {
    recursive: true,
    filter: (path) => !leftOut.has(relative(source, path).split(sep)[0] ?? ''),
  });
  await symlink(join(source, 'node_modules'), join(root, 'node_modules'), 'junction');
  return {
    root,
    async withMutants(mutants, work) {
      const originals = new Map<string, string>();
      try {
        for (const mutant of mutants) {
          const path = join(root, mutant.file);
          const text = await readFile(path, 'utf8');
          originals.set(path, text);
          await writeFile(path, await plant(mutant, text));
        }
        return await work();
      } finally {
        for (const [path, text] of originals) await writeFile(path, text);
      }
    },
    remove: folder.remove,
  };
}
