// Where a running `tailrace dev` can be reached, for commands beside it: `.tailrace/dev.json` in the project, there as long as it runs.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureOwnFolder } from '../project/own-folder.ts';
import { isRunning } from '../running-process.ts';

/** What the file holds; nothing secret, since credentials of the local endpoints are valid nowhere else. */
export interface DevState {
  readonly pid: number;
  readonly bootstrapServers: string;
  /** Variables that lead an AWS SDK or the AWS CLI to the local endpoints. */
  readonly environment: Readonly<Record<string, string>>;
  readonly consumers: readonly {
    readonly consumer: string;
    readonly topic: string;
    readonly functionName: string;
  }[];
  /** Where what fails is kept. */
  readonly deadLetters: {
    readonly buckets: readonly string[];
    readonly queueUrls: readonly string[];
    /** On-failure topics of Kafka. */
    readonly topics: readonly string[];
  };
}

function fileOf(project: string): string {
  return join(project, '.tailrace', 'dev.json');
}

/**
 * Writes the file; the function given back removes it. Of two `dev` in one project the later one has the file; when it ends, the earlier one has
 * it again.
 */
export async function writeDevState(project: string, state: DevState): Promise<() => Promise<void>> {
  const file = fileOf(project);
  ensureOwnFolder(project, '.');
  const earlier = await readDevState(project);
  const write = async (text: DevState): Promise<void> =>
    await writeFile(file, `${JSON.stringify(text, undefined, 2)}\n`);
  await write(state);
  return async () => {
    if ((await readDevState(project))?.pid !== state.pid) return;
    if (earlier !== undefined && isRunning(earlier.pid)) await write(earlier);
    else await rm(file, { force: true });
  };
}

/** Reads the file; undefined when no `dev` runs here. */
export async function readDevState(project: string): Promise<DevState | undefined> {
  let state: DevState;
  try {
    state = JSON.parse(await readFile(fileOf(project), 'utf8')) as DevState;
  } catch {
    // No file, or one that is being written: nobody to talk to.
    return undefined;
  }
  // One that was killed could not remove its file.
  return isRunning(state.pid) ? state : undefined;
}
