// memory.json beside a consumer's definition: what was measured, by what, and for which settings it holds.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ConsumerDefinition, MemoryProfile } from '../../lib/definition/define-consumer.ts';
import { toMeasuredSettings } from '../../lib/definition/measured-settings.ts';
import { toPeakMb, type Judged } from './sweep/candidate.ts';
import { TuneError } from './error.ts';
import { largestMb, smallestMb } from './sweep/sizes.ts';

/** Where a consumer's memory.json is: beside its definition. @throws {TuneError} `NO_PROFILE` for a handler that has none here */
export function memoryFile(folder: string | undefined, consumer: string): string {
  if (folder !== undefined) return join(folder, 'memory.json');
  throw new TuneError(
    'NO_PROFILE',
    `${consumer} has no memory.json here, expected a consumer whose definition is in this project`,
  );
}

/** The profile that stands there. @throws {TuneError} `NO_PROFILE` */
export async function readProfile(file: string): Promise<MemoryProfile> {
  let profile: Partial<MemoryProfile> | null;
  try {
    profile = JSON.parse(await readFile(file, 'utf8')) as Partial<MemoryProfile> | null;
  } catch (cause) {
    throw refuse(`got ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const { sizeMb, measuredFor = {} } = profile ?? {};
  for (const [name, value, least, most] of [
    ['sizeMb', sizeMb, smallestMb, largestMb],
    ['measuredFor.maxRecords', measuredFor['maxRecords'] ?? 1, 1, 10_000],
    ['measuredFor.concurrency', measuredFor['concurrency'] ?? 1, 1, 1000],
  ] as const)
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
      throw refuse(`got ${JSON.stringify(value) ?? 'nothing'} as ${name}, expected ${least} to ${most}`);
  return profile as MemoryProfile;
}

function refuse(why: string): TuneError {
  return new TuneError(
    'NO_PROFILE',
    `memory.json cannot be read, ${why}; write it with tailrace tune --write`,
  );
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
    measuredPeakMb: toPeakMb(choice),
    measuredAt: new Date().toISOString().slice(0, 10),
    measuredBy: command,
    measuredOn: `Node ${process.versions.node}${commit === undefined ? '' : `, commit ${commit}`}`,
    measuredFor: {
      ...toMeasuredSettings(definition, choice.memoryMb),
      maxRecords: choice.maxRecords,
      ...(choice.concurrency !== undefined && { concurrency: choice.concurrency }),
    },
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
