// Visits the zoo: runs an animal in its enclosure, a child process, and gives what was said about it.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import { nodeFlags } from '../../../tools/local/sandbox/process/lambda-environment.ts';
import { bundleEnclosure } from './bundle.ts';
import type { ListName } from './lists.ts';

/** What is said about an animal, and after which of its invocations, counted from 1. */
export interface Finding {
  readonly invocation: number;
  readonly finding: {
    readonly bytesPerInvocation: number;
    readonly invocationsLeft: number;
    readonly sinceInvocation: number;
    readonly where: string;
    readonly lines?: readonly { readonly at: string; readonly function: string; readonly share: number }[];
  };
}

/** What became of an animal. */
export interface Visit {
  readonly findings: readonly Finding[];
  /** The invocation after which its environment was full; undefined where it was not. */
  readonly fullAt: number | undefined;
}

/** How an animal is visited. */
export interface VisitOptions {
  /** Which list it is in, and where. */
  readonly list: ListName;
  readonly index: number;
  readonly invocations: number;
  /** Ends at the first finding. Default false. */
  readonly untilFound?: boolean;
  /** Memory size, in MB. Default 512. */
  readonly memoryMb?: number;
  /** Whether to leave out Lambda's flags. Default false. */
  readonly isPlain?: boolean;
}

/** Runs an animal; all that was said about it. */
export async function visit(options: VisitOptions): Promise<Visit> {
  const { list, index, invocations, untilFound = false, memoryMb = 512, isPlain = false } = options;
  const script = await bundleEnclosure();
  const flags = isPlain ? [] : nodeFlags(memoryMb);
  const args = [...flags, script, list, String(index), String(invocations)];
  const env = { ...process.env, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb) };
  const child = spawn(process.execPath, [...args, ...(untilFound ? ['--until-found'] : [])], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env,
  });
  const ended = new Promise<number | string | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  const findings: Finding[] = [];
  let fullAt: number | undefined;
  let invocation = 0;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Finding | { readonly invocation: number; readonly full?: string };
    if ('finding' in line) findings.push(line);
    else if (line.full !== undefined) fullAt = line.invocation;
    invocation = line.invocation;
  }
  const end = await ended;
  // V8 gives up where a table that is to double finds no room.
  if (end === 'SIGABRT') fullAt = invocation;
  else if (end !== 0) throw new Error(`the enclosure of ${list} ${index} ended with ${end}, expected 0`);
  return { findings, fullAt };
}

/** Visits, two at a time, and calls `then` for each. */
export async function visitAll(
  all: readonly VisitOptions[],
  then: (options: VisitOptions, visit: Visit) => void,
): Promise<void> {
  const queue = [...all];
  const walk = async (): Promise<void> => {
    for (let options = queue.shift(); options; options = queue.shift()) then(options, await visit(options));
  };
  await Promise.all([walk(), walk()]);
}
