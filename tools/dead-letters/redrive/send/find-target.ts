// Which function or topic a redrive sends to.
import { DeadLettersError } from '../../error.ts';
import type { FailedRecord } from '../../failed-record.ts';
import type { View } from '../../places.ts';
import type { RedriveContext } from '../reports.ts';
import { createFunctionTarget, type Target } from './target.ts';
import { createTopicTarget } from './topic-target.ts';

/** What a plan says of its target. @throws {DeadLettersError} `NO_TARGET` */
export function toTargetName({ options, view }: RedriveContext, records: readonly FailedRecord[]): string {
  const { kind, name } = options.target;
  if (kind === 'topic') return name === undefined ? "each record's own topic" : `topic ${name}`;
  checkOneConsumer(records);
  return `function ${name ?? findFunction(view, records)}`;
}

/** Opens the target. @throws {DeadLettersError} `NO_TARGET` */
export async function openTarget(
  run: string,
  open: readonly FailedRecord[],
  { options, clients, view }: RedriveContext,
): Promise<Target> {
  const { kind, name } = options.target;
  if (kind === 'function') return createFunctionTarget(name ?? findFunction(view, open), run, clients.lambda);
  if (clients.kafka === undefined)
    throw new DeadLettersError('NO_TARGET', 'a topic cannot be written to, got no --brokers');
  return await createTopicTarget(clients.kafka, name, run);
}

// What succeeds in one consumer's function is not done for another, although it may be the same record.
function checkOneConsumer(records: readonly FailedRecord[]): void {
  for (const each of ['consumer', 'function'] as const) {
    const names = new Set(records.flatMap(({ consumer, namedAs }) => (namedAs === each ? consumer : [])));
    if (names.size > 1)
      throw new DeadLettersError(
        'NO_TARGET',
        `no one function to send to, got records of ${names.size} ${each}s: ${[...names].slice(0, 5).join(', ')}, expected one; choose with --consumer NAME, or send --to topic`,
      );
  }
}

// A letter names its consumer, whose function a stack knows; a mapping's document names the function.
function findFunction({ stack }: View, records: readonly FailedRecord[]): string {
  const names = new Set(
    records.map(
      ({ consumer, place }) =>
        stack?.functions.get(consumer) ?? (place.kind === 'letter' ? undefined : consumer),
    ),
  );
  const [name] = names;
  if (names.size === 1 && name !== undefined) return name;
  if (names.size === 0) return 'of nothing';
  throw new DeadLettersError(
    'NO_TARGET',
    `no one function to send to, got records of ${names.size} consumers or of one that no stack knows, expected one; say --to function=NAME and --consumer NAME`,
  );
}
