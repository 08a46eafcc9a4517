// Writes the assembly that `cdk deploy` would take, by running the app as the CDK command line runs it: the command and
// the context of cdk.json, without the command line's own start-up, which would be half of the wait.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The app does not synthesize; the message carries what it said. */
export class SynthError extends Error {
  override readonly name = 'SynthError';
  readonly code = 'SYNTH_FAILED';
}

/** The project's folder. */
export const projectRoot: string = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Synthesizes the app and gives the folder of its assembly, `cdk.out`.
 *
 * The template checks of `cdk synth` are left out: they take as long as the rest, and the tests run them.
 *
 * @throws SynthError `SYNTH_FAILED`; the signal's reason when it aborts meanwhile
 */
export async function synthesize(signal: AbortSignal): Promise<string> {
  const { app, output, context } = JSON.parse(await readFile(join(projectRoot, 'cdk.json'), 'utf8')) as {
    readonly app: string;
    readonly output: string;
    readonly context: object;
  };
  const [command = '', ...args] = app.split(' ');
  const cdkOut = join(projectRoot, output);
  const child = spawn(command === 'node' ? process.execPath : command, args, {
    cwd: projectRoot,
    env: {
      ...process.env,
      CDK_OUTDIR: cdkOut,
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
  if (code === 0) return cdkOut;
  throw new SynthError(
    `the app does not synthesize, got ${by ?? `exit code ${code}`} from ${app}, expected 0; it said:\n${said.trim()}`,
  );
}
