// One redrive at a time for a folder of accounts: two that read the same places would send the same records, and neither account would
// name them as sent twice.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeadLettersError } from '../error.ts';

/**
 * Takes the turn, before the places are read; gives what ends it. The turn of a process that was killed is over.
 * @throws {DeadLettersError} `NO_ACCOUNT` while another redrive has it, or when the folder cannot be written
 */
export function takeTurn(folder: string): () => void {
  const file = join(folder, 'turn.pid');
  try {
    mkdirSync(folder, { recursive: true });
    if (isOver(file)) rmSync(file);
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (cause) {
    const { code, path, message } = cause as NodeJS.ErrnoException;
    throw new DeadLettersError(
      'NO_ACCOUNT',
      code === 'EEXIST' && path === file
        ? `another redrive is at work, got its process id in ${file}, expected no such file; wait until it has ended, or remove the file if it has`
        : `the account cannot be written, got ${message}; choose --account`,
      { cause },
    );
  }
  return () => rmSync(file, { force: true });
}

function isOver(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
