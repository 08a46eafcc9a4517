// memory.json beside a consumer's definition: what was measured, by what, and for which settings it holds.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ConsumerDefinition, MemoryProfile } from '../../lib/definition/define-consumer.ts';
import type { Judged } from './candidate.ts';
import { TuneError } from './error.ts';

/** Settings of a definition that a measurement holds for. */
export function toMeasuredSettings(
  definition: ConsumerDefinition,
): NonNullable<MemoryProfile['measuredFor']> {
  const { batch, concurrency, order, limits } = definition;
  return { maxRecords: batch.maxRecords, concurrency, order, ...limits };
}

/** Where a consumer's memory.json is. */
export function memoryFile(handlersFolder: string, consumer: string): string {
  return join(handlersFolder, consumer, 'memory.json');
}

/** The profile that stands there. @throws {TuneError} `NO_PROFILE` */
export async function readProfile(file: string): Promise<MemoryProfile> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as MemoryProfile;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TuneError(
      'NO_PROFILE',
      `memory.json cannot be read, got ${why}; write it with tailrace tune --write`,
    );
  }
}

/** Writes what was recommended. */
export async function writeProfile(
  file: string,
  choice: Judged,
  { definition, command }: { readonly definition: ConsumerDefinition; readonly command: string },
): Promise<void> {
  const commit = await readCommit();
  const profile: MemoryProfile = {
    sizeMb: choice.memoryMb,
    measuredPeakMb: Math.max(choice.heaviestPeakMb, choice.typicalPeakMb),
    measuredAt: new Date().toISOString().slice(0, 10),
    measuredBy: command,
    measuredOn: `Node ${process.versions.node}${commit === undefined ? '' : `, commit ${commit}`}`,
    measuredFor: { ...toMeasuredSettings(definition), maxRecords: choice.maxRecords },
  };
  await writeFile(file, `${JSON.stringify(profile, undefined, 2)}\n`);
}

// Not every folder is a repository; the profile then says nothing of a commit.
async function readCommit(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', '--short', 'HEAD']);
    return stdout.trim();
  } catch {
    return undefined;
  }
}
