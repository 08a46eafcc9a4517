// Dead letters of the run, wherever its app keeps them: listed, planned to be sent again, and sent once the plan is confirmed. All by what
// `tailrace dead-letters` does; here are only the places and clients of a local run.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Kafka } from 'kafkajs';
import { toQueueUrl } from '../aws/resources.ts';
import { toPlaceName, toRedriveCount } from '../dead-letters/failed-record.ts';
import { toKeptAt } from '../dead-letters/show.ts';
import { toDeadLettersOptions, type DeadLettersOptions } from '../dead-letters/options.ts';
import type { Located } from '../dead-letters/originals.ts';
import { readPlaces, type Clients, type View } from '../dead-letters/places.ts';
import { plan, redrive } from '../dead-letters/redrive/redrive.ts';
import { takeTurn } from '../dead-letters/redrive/turn.ts';
import type { Session } from '../run/session/session.ts';
import type { Topology } from '../template/topology.ts';
import type { DeadLetterList, DeadLetterRow, RedrivePlan, RedriveResult } from './record-wire.ts';

type RedriveContext = Parameters<typeof plan>[0];

/** What a person may choose of dead letters. */
export interface DeadLetterChoice {
  readonly consumer?: string | undefined;
  readonly code?: string | undefined;
  /** `topic-partition@offset`; empty: all. */
  readonly records?: readonly string[];
  /** Where they are sent: each record's own topic, or the function of `consumer` alone. Default `topic`. */
  readonly to?: 'function' | 'topic';
}

/** A run, as far as its dead letters go. */
export interface DeadLettersParts {
  readonly session: Pick<Session, 'clients' | 'endpoints' | 'broker' | 'project'>;
  readonly kafka: Kafka;
  /** The app as it is now: it changes with its sources. */
  readonly app: () => Topology;
  /** Where functions are invoked; undefined: nowhere in this run. */
  readonly invokeUrl: () => string | undefined;
}

/** The dead letters of a run. */
export interface DeadLetters {
  readonly list: (choice: DeadLetterChoice) => Promise<DeadLetterList>;
  /** Plans; sends nothing. A plan holds for ten minutes. */
  readonly plan: (choice: DeadLetterChoice) => Promise<RedrivePlan>;
  /** Does what a plan says, and sends nothing that has failed since. @throws {PlanError} when it no longer holds */
  readonly confirm: (plan: string, signal: AbortSignal) => Promise<RedriveResult>;
}

/** A plan that is not there or cannot be made. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
  readonly code = 'NO_SUCH_PLAN';
}

const maxRows = 500;
const maxGroups = 20;
const maxProblems = 5;
const planAgeMs = 600_000;

/** Makes it; reads nothing yet. */
export function createDeadLetters(parts: DeadLettersParts): DeadLetters {
  const { app } = parts;
  const plans = new Map<
    string,
    { readonly choice: DeadLetterChoice; readonly ids: ReadonlySet<string>; readonly atMs: number }
  >();
  const nameOf = (name: string): string =>
    app().mappings.find(({ functionName }) => functionName === name)?.consumer ?? name;
  const read = async <T>(
    choice: DeadLetterChoice,
    use: (view: View, options: DeadLettersOptions) => Promise<T> | T,
  ): Promise<T> => {
    const options = toOptions(parts, choice);
    const view = await readPlaces(options, toClients(parts));
    // A mapping's document names the function; a person asks for the consumer.
    const chosen = view.chosen
      .filter(({ failed }) => choice.consumer === undefined || nameOf(failed.consumer) === choice.consumer)
      .map((each) => ({ ...each, failed: { ...each.failed, consumer: nameOf(each.failed.consumer) } }));
    try {
      return await use({ ...view, chosen }, options);
    } finally {
      await view.release();
    }
  };
  const toContext = (view: View, options: DeadLettersOptions, signal: AbortSignal): RedriveContext => ({
    options,
    clients: toClients(parts),
    view,
    signal,
    now: () => new Date(),
    onProgress: () => {},
  });

  return {
    async list(choice) {
      if (!hasPlaces(app())) return { letters: [], total: 0, groups: [], problems: [] };
      return await read(choice, ({ chosen, unreadable }) => ({
        letters: chosen
          .toSorted((a, b) => b.failed.failedAtMs - a.failed.failedAtMs)
          .slice(0, maxRows)
          .map(toRow),
        total: chosen.length,
        groups: toGroups(chosen),
        problems: [...keptNowhere(app()), ...unreadable.slice(0, maxProblems)],
      }));
    },
    async plan(choice) {
      return await read(choice, async (view, options) => {
        const context = toContext(view, options, AbortSignal.timeout(planAgeMs));
        const { plan: planned, report } = await plan(context);
        const ids = new Set(planned.map(({ failed }) => failed.id));
        const name = randomUUID();
        for (const [known, { atMs }] of plans) if (atMs < Date.now() - planAgeMs) plans.delete(known);
        plans.set(name, { choice, ids, atMs: Date.now() });
        const { target, send, skip, uncertain, overtakenUnknown, deletesMessages } = report;
        return { plan: name, target, send, skip, uncertain, overtakenUnknown, deletesMessages };
      });
    },
    async confirm(name, signal) {
      const found = plans.get(name);
      // A plan is carried out once.
      plans.delete(name);
      if (found === undefined || found.atMs < Date.now() - planAgeMs)
        throw new PlanError(
          'no such plan, got one that was carried out or is older than ten minutes; plan again',
        );
      await using turn = new AsyncDisposableStack();
      turn.defer(await takeTurn(accountFolder(parts)));
      return await read(found.choice, async (view, options) => {
        // What has failed since then was in no plan that anybody has seen.
        const chosen = view.chosen.filter(({ failed }) => found.ids.has(failed.id));
        const context = toContext({ ...view, chosen }, options, signal);
        const planned = await plan(context);
        const report = await redrive(planned.plan, context);
        const { succeeded, failedAgain, skipped, open, reasons, stopped, account } = report;
        return { planned: report.planned, succeeded, failedAgain, skipped, open, reasons, stopped, account };
      });
    },
  };
}

function toRow({ failed, lost }: Located): DeadLetterRow {
  const { id, consumer, topic, partition, offset, code, failedAtMs, attempts } = failed;
  return {
    id,
    place: toPlaceName(failed),
    consumer,
    topic,
    partition,
    offset,
    code,
    failedAt: failedAtMs,
    attempts: attempts ?? null,
    keptAt: toKeptAt(failed),
    redrives: toRedriveCount(failed.record),
    lost: lost ?? null,
  };
}

function toGroups(chosen: readonly Located[]): DeadLetterList['groups'] {
  const groups = Map.groupBy(chosen, ({ failed }) => `${failed.consumer} ${failed.code}`);
  return [...groups]
    .map(([name, { length }]) => ({ name, count: length }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, maxGroups);
}

interface Places {
  readonly buckets: readonly string[];
  readonly queues: readonly string[];
  readonly topics: readonly string[];
}

function findPlaces(app: Topology): Places {
  const letters = app.functions.flatMap(
    ({ environment }) => environment['TAILRACE_DEAD_LETTER_BUCKET'] ?? [],
  );
  const failures = app.mappings.flatMap(({ onFailure }) => onFailure ?? []);
  return {
    buckets: [
      ...new Set([...letters, ...failures.flatMap((each) => (each.type === 's3' ? each.bucket : []))]),
    ],
    queues: [...new Set(failures.flatMap((each) => (each.type === 'sqs' ? each.queue : [])))],
    topics: [...new Set(failures.flatMap((each) => (each.type === 'kafka' ? each.topic : [])))],
  };
}

function hasPlaces(app: Topology): boolean {
  return Object.values(findPlaces(app)).some(({ length }) => length > 0);
}

function keptNowhere(app: Topology): readonly string[] {
  return app.mappings.flatMap(({ consumer, onFailure }) =>
    onFailure?.type === 'sns'
      ? [`${consumer}: an SNS topic keeps nothing; see what is subscribed to it`]
      : [],
  );
}

function toClients({ session, kafka, invokeUrl }: DeadLettersParts): Clients {
  const { s3, sqs } = session.clients;
  const { region, credentials } = s3.config;
  const endpoint = invokeUrl();
  return {
    s3,
    sqs,
    kafka,
    ...(endpoint !== undefined && { lambda: { endpoint, region, credentials } }),
    close() {
      // They are the session's.
    },
  };
}

function toTarget({ app, invokeUrl }: DeadLettersParts, { to, consumer }: DeadLetterChoice): string {
  if (to === undefined || to === 'topic') return 'topic';
  const mapping = app().mappings.find((each) => each.consumer === consumer);
  if (to === 'function' && mapping !== undefined && invokeUrl() !== undefined)
    return `function=${mapping.functionName}`;
  throw new PlanError(
    `no such target, got ${JSON.stringify(to)} of ${JSON.stringify(consumer)}, expected topic, or function with the name of a consumer; a run that proves something has no function to send to`,
  );
}

function accountFolder({ session }: DeadLettersParts): string {
  return join(session.project, '.tailrace', 'redrive');
}

function toOptions(parts: DeadLettersParts, choice: DeadLetterChoice): DeadLettersOptions {
  const { session, app } = parts;
  const { code, records = [] } = choice;
  const { buckets, queues, topics } = findPlaces(app());
  return toDeadLettersOptions({
    action: 'redrive',
    bucket: buckets,
    'queue-url': queues.map((name) => toQueueUrl(session.endpoints, name)),
    'failure-topic': topics,
    brokers: session.broker.bootstrapServers,
    to: toTarget(parts, choice),
    yes: true,
    account: accountFolder(parts),
    ...(code !== undefined && { code: [code] }),
    ...(records.length > 0 && { record: records }),
  });
}
