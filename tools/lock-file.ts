// One process at a time: a file that holds the id of the process that has it. One whose process has ended is free.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning } from './running-process.ts';

/** Gives a lock back. */
export type Release = () => Promise<void>;

/** Takes the lock; undefined while another process has it. */
export async function tryLock(file: string): Promise<Release | undefined> {
  while (!(await create(file))) {
    if (await isHeld(file)) return undefined;
    await rm(file, { force: true });
  }
  return async () => await rm(file, { force: true });
}

/** Runs `work` with the lock, and waits for it before. @throws the signal's reason when it aborts while waiting */
export async function withLock<T>(
  file: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  let release: Release | undefined;
  while ((release = await tryLock(file)) === undefined) await delay(100, undefined, { signal });
  try {
    return await work();
  } finally {
    await release();
  }
}

async function create(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

async function isHeld(file: string): Promise<boolean> {
  try {
    const owner = await readFile(file, 'utf8');
    // Empty for the moment between its creation and its first byte.
    return owner === '' || isRunning(Number(owner));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
