// Writes the assembly that `cdk deploy` would take, by running the app as the CDK command line runs it: the command and
// the context of cdk.json, without the command line's own start-up, which would be half of the wait.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTemporaryFolder } from '../temporary-folder.ts';

/** The app does not synthesize; the message carries what it said. */
export class SynthError extends Error {
  override readonly name = 'SynthError';
  readonly code = 'SYNTH_FAILED';
}

/** The project's folder. */
export const projectRoot: string = fileURLToPath(new URL('../..', import.meta.url));

/** The CDK project that a command is about: the nearest folder from here upwards with a cdk.json, else this project. */
export function findProject(from: string = process.cwd()): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'cdk.json'))) return folder;
    if (folder === dirname(folder)) return projectRoot;
  }
}

/** A synthesized app. */
export interface Assembly {
  /** The folder of its templates and assets. */
  readonly folder: string;
  /** The folder of the CDK project that it was made from. */
  readonly project: string;
  /** Removes the folder, if it was made for the caller alone. */
  readonly remove: () => Promise<void>;
}

/** An assembly that is there already, in a folder of its project, such as `cdk.out`; it is left as it is. */
export function toAssembly(folder: string): Assembly {
  return { folder, project: dirname(folder), remove: async () => {} };
}

/**
 * Synthesizes the app into a folder of the caller's own, so that any number of commands may run at once.
 *
 * The folder is in the project, because source maps lead from it to the sources. The template checks of `cdk synth` are left
 * out: they take as long as the rest, and the tests run them.
 *
 * @throws SynthError `SYNTH_FAILED`; the signal's reason when it aborts meanwhile
 */
export async function synthesize(signal: AbortSignal, project: string = findProject()): Promise<Assembly> {
  const { path: folder, remove } = await createTemporaryFolder('synth', join(project, '.cache', 'synth'));
  try {
    await runApp(project, folder, signal);
    return { folder, project, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function runApp(project: string, folder: string, signal: AbortSignal): Promise<void> {
  const { app, context } = JSON.parse(await readFile(join(project, 'cdk.json'), 'utf8')) as {
    readonly app: string;
    readonly context: object;
  };
  const [command = '', ...args] = app.split(' ');
  const child = spawn(command === 'node' ? process.execPath : command, args, {
    cwd: project,
    env: {
      ...process.env,
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      CDK_VALIDATION: 'false',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (said += part.toString()));
  const [code, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (code === 0) return;
  throw new SynthError(
    `the app does not synthesize, got ${by ?? `exit code ${code}`} from ${app}, expected 0; it said:\n${said.trim()}`,
  );
}
