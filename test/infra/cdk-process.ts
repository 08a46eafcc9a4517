// The CDK command line in a process of its own, as a person runs it, with nothing of this machine's AWS settings.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder, in which `cdk` runs. */
export const projectRoot: string = fileURLToPath(new URL('../../', import.meta.url));

/** How a run of `cdk` ended: its exit code, and what it wrote to both of its outputs. */
export interface CdkRun {
  readonly code: unknown;
  readonly output: string;
}

/** Runs `cdk` without credentials, with a proxy that leads nowhere. `home` takes what it keeps for itself. */
export async function runCdk(
  home: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CdkRun> {
  const bin = join(projectRoot, 'node_modules');
  const child = spawn(process.execPath, [join(bin, 'aws-cdk/bin/cdk'), ...args], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: [join(bin, '.bin'), process.env['PATH']].join(delimiter),
      HOME: home,
      HTTPS_PROXY: 'http://127.0.0.1:1',
      HTTP_PROXY: 'http://127.0.0.1:1',
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      ...environment,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
