// One redrive at a time for a folder of accounts: two that read the same places would send the same records, and neither account would
// name them as sent twice.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLock, type Release } from '../../lock-file.ts';
import { DeadLettersError } from '../error.ts';

/**
 * Takes the turn, before the places are read; gives what ends it. The turn of a process that was killed is over.
 * @throws {DeadLettersError} `NO_ACCOUNT` while another redrive has it, or when the folder cannot be written
 */
export async function takeTurn(folder: string): Promise<Release> {
  const file = join(folder, 'turn.pid');
  const release = await take(folder, file);
  if (release !== undefined) return release;
  throw new DeadLettersError(
    'NO_ACCOUNT',
    `another redrive is at work, got its process id in ${file}, expected no such file; wait until it has ended, or remove the file if it has`,
  );
}

async function take(folder: string, file: string): Promise<Release | undefined> {
  try {
    await mkdir(folder, { recursive: true });
    return await tryLock(file);
  } catch (cause) {
    throw new DeadLettersError(
      'NO_ACCOUNT',
      `the account cannot be written, got ${(cause as Error).message}; choose --account`,
      { cause },
    );
  }
}
