// Dead letters of the `tailrace dev` that runs in this project: its places, its Kafka and its endpoints, so that no option has to name them.
import { readDevState } from '../../dev/state-file.ts';
import { findProject } from '../../run/synth.ts';
import type { StackPlaces } from './stack.ts';

/** What a running `dev` says of itself. */
export interface RunningDev {
  readonly brokers: string;
  readonly places: StackPlaces;
  /** Variables that lead the AWS SDK to its endpoints. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Finds it; undefined when none runs in the project around `folder`. */
export async function findRunningDev(folder: string = process.cwd()): Promise<RunningDev | undefined> {
  const state = await readDevState(findProject(folder));
  if (state === undefined) return undefined;
  const { bootstrapServers: brokers, environment, consumers, deadLetters } = state;
  const functions = new Map(consumers.map(({ consumer, functionName }) => [consumer, functionName]));
  return { brokers, environment, places: { ...deadLetters, functions } };
}
