// Where a running `tailrace dev` can be reached, for commands beside it: `.tailrace/dev.json` in the project, there as long as it runs.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureOwnFolder } from '../project/own-folder.ts';

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

/** Writes the file; the function given back removes it. */
export async function writeDevState(project: string, state: DevState): Promise<() => Promise<void>> {
  const file = fileOf(project);
  ensureOwnFolder(project, '.');
  await writeFile(file, `${JSON.stringify(state, undefined, 2)}\n`);
  return async () => await rm(file, { force: true });
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
  try {
    process.kill(state.pid, 0);
    return state;
  } catch {
    // It was killed and could not remove its file.
    return undefined;
  }
}
