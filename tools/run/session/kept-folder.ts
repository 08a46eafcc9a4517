// The folder of `--keep`: what a run has made is there at the next one. One run at a time has it, and nothing that is not ours is
// touched. The operating system lets go of the lock when its process ends, however that ends.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A folder that is held until `close()`. */
export interface KeptFolder {
  /** Data of the local AWS endpoints. */
  readonly aws: string;
  /** Data of Apache Kafka. */
  readonly kafka: string;
  readonly close: () => Promise<void>;
}

/**
 * Why a folder cannot be kept.
 * - `KEEP_IN_USE`: another run has it.
 * - `KEEP_NOT_OURS`: it holds what no run has made.
 * - `KEEP_VERSION`: another version of the command line has made it, in a form that this one does not know.
 */
export type KeepErrorCode = 'KEEP_IN_USE' | 'KEEP_NOT_OURS' | 'KEEP_VERSION';

/** A folder that cannot be kept. */
export class KeepError extends Error {
  override readonly name = 'KeepError';
  readonly code: KeepErrorCode;
  readonly folder: string;

  constructor(code: KeepErrorCode, folder: string, message: string) {
    super(message);
    this.code = code;
    this.folder = folder;
  }
}

/** Rises when what is in the folder changes its form. */
const version = 1;
const stampName = 'tailrace-kept.json';
const lockName = 'lock.sqlite';

/** Opens a folder, which is made if it is not there. @throws {KeepError} */
export function openKeptFolder(path: string): KeptFolder {
  const folder = resolve(path);
  checkOurs(folder);
  mkdirSync(folder, { recursive: true });
  const stamp = `${JSON.stringify({ tailrace: 'kept data', version })}\n`;
  writeUnlessThere(join(folder, stampName), stamp);
  const lock = takeLock(folder);
  return {
    aws: join(folder, 'aws'),
    kafka: join(folder, 'kafka'),
    close: () => {
      lock.close();
      return Promise.resolve();
    },
  };
}

function checkOurs(folder: string): void {
  const entry = statSync(folder, { throwIfNoEntry: false });
  if (entry === undefined) return;
  const refuse = (got: string): never => {
    throw new KeepError(
      'KEEP_NOT_OURS',
      folder,
      `--keep ${folder} is not the folder of an earlier run, got ${got}, expected one, or an empty or new folder; name another`,
    );
  };
  if (!entry.isDirectory()) return refuse('a file');
  const names = readdirSync(folder);
  if (names.length === 0) return;
  if (!names.includes(stampName)) return refuse(`${names.length} entries and no ${stampName}`);
  const found = readVersion(join(folder, stampName));
  if (found === undefined) return refuse(`a ${stampName} that no run has written`);
  if (found !== version)
    throw new KeepError(
      'KEEP_VERSION',
      folder,
      `--keep ${folder} has another form, got version ${found}, expected ${version}; use the tailrace that made it, or name another folder`,
    );
}

function readVersion(file: string): number | undefined {
  try {
    const stamp = JSON.parse(readFileSync(file, 'utf8')) as { readonly version?: unknown } | null;
    return typeof stamp?.version === 'number' ? stamp.version : undefined;
  } catch {
    return undefined; // no JSON: none of ours
  }
}

function takeLock(folder: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, lockName));
  try {
    lock.exec('PRAGMA busy_timeout = 1000; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (!/locked/.test(String(error))) throw error;
    throw new KeepError(
      'KEEP_IN_USE',
      folder,
      `--keep ${folder} is in use, got another run that has it, expected none; end that one, or name another folder`,
    );
  }
}

function writeUnlessThere(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
