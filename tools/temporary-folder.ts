// Folders that end with the process that made them. One that is killed cannot remove its own, so the next one does: the
// folder's name says whose it was.

import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './running-process.ts';

/** A folder until `remove()`. */
export interface TemporaryFolder {
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly remove: () => Promise<void>;
}

// Process ids of another machine, or another container, that shares the folder say nothing here.
const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);
const pattern = /^tailrace-[a-z-]+-([0-9a-f]{6})-(\d+)-\w{6}$/;

/**
 * Makes `tailrace-<kind>-<host>-<process>-<random>` in `parent`, which is made too; what processes that have ended have left
 * there is removed first.
 */
export async function createTemporaryFolder(
  kind: string,
  parent: string = tmpdir(),
): Promise<TemporaryFolder> {
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent);
  const path = await realpath(await mkdtemp(join(parent, `tailrace-${kind}-${host}-${process.pid}-`)));
  return { path, remove: async () => await rm(path, { recursive: true, force: true }) };
}

/** Removes the folders in `parent` whose processes have ended. */
export async function removeLeftovers(parent: string = tmpdir()): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, owner, pid] = pattern.exec(name) ?? [];
    if (owner !== host || isRunning(Number(pid))) continue;
    // Another user's, or removed by another process at this moment: either way not ours to complain about.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
}
