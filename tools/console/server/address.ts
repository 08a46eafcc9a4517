// Where the console is found: a port and a token that stay the same for a project, so that a page goes on after the runner was started
// anew. Kept in `.tailrace/console.json`, which only its owner can read.
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureOwnFolder } from '../../project/own-folder.ts';

/** Port and secret of a project's console. */
export interface ConsoleAddress {
  readonly port: number;
  /** 128 random bits. */
  readonly token: string;
}

// Below the ports that systems give out, and each project's own: two that run side by side rarely want the same.
const firstPort = 7858;
const ports = 1000;

function fileOf(project: string): string {
  return join(project, '.tailrace', 'console.json');
}

/** The address that the project had last; undefined when it had none. */
export async function readAddress(project: string): Promise<ConsoleAddress | undefined> {
  try {
    const { port, token } = JSON.parse(await readFile(fileOf(project), 'utf8')) as Partial<ConsoleAddress>;
    if (Number.isInteger(port) && /^[\w-]{22,}$/.test(token ?? ''))
      return { port: Number(port), token: String(token) };
  } catch {
    // The project's first run, or a file of another kind.
  }
  return undefined;
}

/** An address for a project that had none. */
export function newAddress(project: string): ConsoleAddress {
  const digest = createHash('sha256').update(project).digest().readUInt32BE();
  return { port: firstPort + (digest % ports), token: randomBytes(16).toString('base64url') };
}

/** Keeps the address for the next run; where the project cannot be written to, the next run has another one. */
export async function keepAddress(project: string, address: ConsoleAddress): Promise<void> {
  try {
    await writeFile(join(ensureOwnFolder(project, '.'), 'console.json'), `${JSON.stringify(address)}\n`, {
      mode: 0o600,
    });
  } catch {
    // The console works without it.
  }
}
