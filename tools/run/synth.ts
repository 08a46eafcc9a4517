// Writes the assembly that `cdk deploy` would take, by running the app as the CDK command line runs it: the command and
// the context of cdk.json, without the command line's own start-up, which would be half of the wait.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureOwnFolder } from '../project/own-folder.ts';
import { createTemporaryFolder } from '../temporary-folder.ts';

/** The app does not synthesize; the message carries what it said. */
export class SynthError extends Error {
  override readonly name = 'SynthError';
  readonly code = 'SYNTH_FAILED';
}

/** The project's folder. */
export const projectRoot: string = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The CDK project that a command is about: the nearest folder from here upwards with a cdk.json, else this project; the published command
 * line, which is no project, takes the folder that it was started in.
 */
export function findProject(from: string = process.cwd()): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'cdk.json'))) return folder;
    if (folder === dirname(folder)) return existsSync(join(projectRoot, 'cdk.json')) ? projectRoot : from;
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
  const { path: folder, remove } = await createTemporaryFolder('synth', ensureOwnFolder(project, 'synth'));
  try {
    await runApp(project, folder, signal);
    return { folder, project, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Settings of an app; cdk.json holds more. */
interface CdkSettings {
  readonly app?: string;
  readonly context?: object;
}

async function runApp(project: string, folder: string, signal: AbortSignal): Promise<void> {
  const { app, context } = JSON.parse(await readFile(join(project, 'cdk.json'), 'utf8')) as CdkSettings;
  if (app === undefined)
    throw new SynthError(
      `cdk.json in ${project} names no app, got no "app", expected the command that runs it, as "node app.ts"`,
    );
  // A command line of a shell, such as "npx tsc && npx tsx bin/app.ts". It leads a process group, all of which a stop ends.
  const isGroup = process.platform !== 'win32';
  const child = spawn(app, {
    cwd: project,
    shell: true,
    detached: isGroup,
    env: {
      ...process.env,
      // `node` is the one that runs this program: the machine's own may be older.
      PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify({ ...(await readLookups(project)), ...context }),
      CDK_VALIDATION: 'false',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => void (isGroup && child.pid ? process.kill(-child.pid, 'SIGTERM') : child.kill());
  signal.addEventListener('abort', stop, { once: true });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (said += part.toString()));
  const [code, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (code === 0) return;
  throw new SynthError(
    `the app does not synthesize, got ${by ?? `exit code ${code}`} from ${app}, expected 0; it said:\n${withoutFrame(said).trim()}`,
  );
}

/** What the app has looked up before, such as a VPC's subnets: cdk.context.json. */
async function readLookups(project: string): Promise<object> {
  const file = join(project, 'cdk.context.json');
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as object) : {};
}

/** What Node prints around an uncaught error: the line that threw it, which is seldom one of the app, and its version. */
function withoutFrame(said: string): string {
  return said.replaceAll(/^\S+:\d+\n.*\n\s*\^+\n+|^Node\.js v[\d.]+$/gm, '');
}
