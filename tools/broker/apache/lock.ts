// One process at a time: two Mavens that fetch the same archives side by side may spoil each other's local repository.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs `work` while nobody else does so under the same `file`, which holds the owner's process id; waits for its turn.
 * A file whose owner has died is removed.
 * @throws the signal's reason when it aborts while waiting
 */
export async function withLock<T>(
  file: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  while (!(await take(file))) {
    if (!(await isHeld(file))) await rm(file, { force: true });
    else await delay(100, undefined, { signal });
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
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
    if (owner !== '') process.kill(Number(owner), 0);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPERM') return true; // somebody else's process, but there
    if (code === 'ENOENT' || code === 'ESRCH') return false;
    throw error;
  }
}
