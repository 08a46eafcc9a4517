// The folder of a report, made before anything is measured: one that cannot be made would lose all of it.
import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findProject } from '../run/synth.ts';

/** Where the reports of a command on a consumer go: the folder that is asked for, else one in the project's cache. */
export function toReportFolder(
  command: string,
  { consumer, reportFolder }: { readonly consumer: string; readonly reportFolder: string | undefined },
): string {
  return reportFolder ?? join(findProject(), '.cache', command, consumer.replaceAll('/', '-'));
}

/** Makes the folder, and gives what takes it away again where nothing was written. @throws {Error} with the system's code */
export async function makeReportFolder(path: string): Promise<() => Promise<void>> {
  await mkdir(path, { recursive: true });
  return async () => {
    if ((await readdir(path)).length === 0) await rmdir(path);
  };
}
