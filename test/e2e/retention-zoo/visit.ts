// Visits the zoo: runs an animal in its enclosure, a child process, and gives what was said about it.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { Animal } from './animal.ts';
import { healthy } from './healthy.ts';
import { leaking } from './leaking.ts';

/** What is said about an animal, and after which of its invocations, counted from 1. */
export interface Finding {
  readonly invocation: number;
  readonly finding: {
    readonly bytesPerInvocation: number;
    readonly invocationsLeft: number;
    readonly sinceInvocation: number;
    readonly kind?: string;
    readonly held?: readonly { readonly topic: string; readonly objects?: number }[];
  };
}

/** How an animal is visited. */
export interface VisitOptions {
  readonly invocations: number;
  /** Ends at the first finding. Default false. */
  readonly untilFound?: boolean;
  /** Node's flags. Default: those of a Lambda function of 256 MB. */
  readonly flags?: readonly string[];
}

const lambdaFlags = ['--expose-gc', '--max-semi-space-size=12', '--max-old-space-size=230'];

/** Runs `animal`; all that was said about it. */
export async function visit(animal: Animal, options: VisitOptions): Promise<readonly Finding[]> {
  const { invocations, untilFound = false, flags = lambdaFlags } = options;
  const kind = leaking.includes(animal) ? 'leaking' : 'healthy';
  const index = (kind === 'leaking' ? leaking : healthy).indexOf(animal);
  const script = fileURLToPath(new URL('enclosure.ts', import.meta.url));
  const args = [
    ...flags,
    script,
    kind,
    String(index),
    String(invocations),
    ...(untilFound ? ['--until-found'] : []),
  ];
  const env = { ...process.env, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const findings: Finding[] = [];
  for await (const line of createInterface({ input: child.stdout }))
    findings.push(JSON.parse(line) as Finding);
  const code = await ended;
  if (code !== 0)
    throw new Error(`the enclosure of ${JSON.stringify(animal.name)} ended with ${code}, expected 0`);
  return findings;
}

/** Visits `animals`, two at a time, and calls `then` for each. */
export async function visitAll(
  animals: readonly Animal[],
  options: (animal: Animal) => VisitOptions,
  then: (animal: Animal, findings: readonly Finding[]) => void,
): Promise<void> {
  const queue = [...animals];
  const walk = async (): Promise<void> => {
    for (let animal = queue.shift(); animal; animal = queue.shift())
      then(animal, await visit(animal, options(animal)));
  };
  await Promise.all([walk(), walk()]);
}
