// The CDK's own command line, as a person would run it, with nothing of that person's account, home or configuration.

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { hireJanitor } from '../local/sandbox/process/orphan-reaper.ts';
import { findProject } from '../run/synth.ts';
import { keepTail, killGroup, watchEnd } from './child.ts';
import { DeployError } from './error.ts';

/** Where commands of the CDK act. */
export interface CdkOptions {
  /** Region, credentials and endpoints. */
  readonly environment: Readonly<Record<string, string>>;
  /** Its home and its temporary files. */
  readonly folder: string;
  /** Ends a command that is under way. */
  readonly signal: AbortSignal;
  /** Told every line that it prints. */
  readonly onLine: (line: string) => void;
}

/**
 * Runs `cdk <args>`; with `needsApp` in the project's folder, where cdk.json names the app.
 *
 * @throws DeployError `CDK_FAILED` with its last words; the signal's reason when it aborts meanwhile
 */
export async function runCdk(
  args: readonly string[],
  { environment, folder, signal, onLine, needsApp = false }: CdkOptions & { readonly needsApp?: boolean },
): Promise<void> {
  signal.throwIfAborted();
  const project = findProject();
  const script = findCdk(project);
  const child = spawn(process.execPath, [script, ...args, '--no-notices'], {
    cwd: needsApp ? project : folder,
    env: {
      // The app is run by programs of the user's, such as npx.
      PATH: [dirname(process.execPath), needsApp ? process.env['PATH'] : '/usr/bin:/bin'].join(delimiter),
      HOME: folder,
      TMPDIR: folder,
      LANG: 'C.UTF-8',
      CI: 'true', // plain lines on standard output
      NO_COLOR: '1',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, because the app that it synthesizes is a process too.
    detached: true,
  });
  const tail = keepTail(child, onLine);
  const janitor = hireJanitor(child.pid ?? 0, []);
  const stop = (): void => killGroup(child);
  signal.addEventListener('abort', stop, { once: true });
  const how = await watchEnd(child);
  signal.removeEventListener('abort', stop);
  await janitor.dismiss();
  signal.throwIfAborted();
  if (child.exitCode === 0) return;
  throw new DeployError(
    'CDK_FAILED',
    `cdk ${args[0] ?? ''} failed, got ${how}, expected exit code 0${tail()}`,
  );
}

/** The CDK's command line that the project has installed. */
function findCdk(project: string): string {
  try {
    return createRequire(join(project, 'package.json')).resolve('aws-cdk/bin/cdk');
  } catch (cause) {
    throw new DeployError(
      'CDK_FAILED',
      `no CDK in ${project}, got no package aws-cdk, expected it among its dependencies; npm install --save-dev aws-cdk`,
      { cause },
    );
  }
}
