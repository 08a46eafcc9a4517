// The main job from start to proof: start everything, produce, wait until all is committed, read everything back, sum
// up. Whatever was started is closed on every way out.

import type { BrokerError } from '../broker/broker.ts';
import type { CommandIo } from '../command.ts';
import { toPrintable } from '../terminal/printable.ts';
import { toAmount } from '../terminal/table.ts';
import type { LocalEvent } from '../local/events.ts';
import type { CreateHost } from '../local/sandbox/function-host.ts';
import type { MappingStatus } from '../local/mapping/mapping-status.ts';
import { chooseMemoryCap } from '../local/sandbox/memory-cap.ts';
import { startLocal, type LocalRun } from '../local/run.ts';
import { audit, isAuditable, type AuditSubject } from '../proof/audit.ts';
import type { RunOptions } from './options.ts';
import { createFailFast, type Hopelessness } from './fail-fast.ts';
import { toFindingLine, toJson, toSummary, type RunResult } from './report.ts';
import { openScreen, type Screen } from './screen.ts';
import { startSession, type Session } from './session.ts';
import type { Assembly } from './synth.ts';
import { createTraffic, type Traffic } from './traffic.ts';

/**
 * Runs the main job on `assembly`; the number is the exit code: 0 proven, 1 not.
 *
 * With `watch` the signal ends the traffic and the proof follows; without, it ends the run.
 *
 * @throws SynthError, BrokerError, LocalError; the signal's reason when it ends the run
 */
export async function run(options: RunOptions, assembly: Promise<Assembly>, io: CommandIo): Promise<number> {
  const out = options.json ? io.stderr : io.stdout;
  await using parts = new AsyncDisposableStack();
  const screen = openScreen(out, options);
  parts.defer(() => screen.close());
  screen.line(
    options.cdkOut === undefined
      ? 'synthesizing the app, starting Kafka and AWS endpoints'
      : `starting ${options.cdkOut}`,
  );

  const brokerFailure = Promise.withResolvers<never>();
  // What ends the run from outside. Nobody may be waiting for it at the moment it happens.
  const ended = Promise.race([brokerFailure.promise, options.watch ? never() : whenAborted(io.signal)]);
  ended.catch(() => {});

  const onBrokerFailure = (error: BrokerError): void => brokerFailure.reject(error);
  const onProgress = (message: string): void => screen.line(message);
  const session = await startSession({
    ...options,
    assembly,
    onBrokerFailure,
    onProgress,
    signal: io.signal,
  });
  parts.defer(() => session.close());
  io.signal.throwIfAborted();
  for (const line of toStartLines(session)) screen.line(line);

  const result = await runTraffic({ options, session, screen, signal: io.signal, ended });
  screen.close();
  if (options.json) io.stdout.write(`${toJson(result)}\n`);
  else out.write(`${toPrintable(toSummary(result, screen.style).join('\n'))}\n`);
  return result.isProven ? 0 : 1;
}

/** What traffic goes through. */
export interface TrafficRun {
  readonly options: RunOptions;
  readonly session: Session;
  readonly screen: Screen;
  /** Ends the traffic; what was produced is still carried through. */
  readonly signal: AbortSignal;
  /** Rejects when the run must end. */
  readonly ended: Promise<never>;
  /** Calls the functions where they are deployed. Default: in sandboxes here. */
  readonly deployed?: CreateHost;
}

/**
 * Sends the traffic through the session's consumers, and reads back what landed.
 *
 * @throws BrokerError, LocalError; the reason of `ended`
 */
export async function runTraffic(parts: TrafficRun): Promise<RunResult> {
  const { options, session, screen, signal, deployed } = parts;
  screen.know(session.app);
  const traffic = createTraffic(options, session.app.mappings, session.broker);
  const failFast = createFailFast({ stopsCalls: !options.watch });
  const stopped = new Map<string, Hopelessness>();
  const onEvent = (event: LocalEvent): void => {
    traffic.onEvent(event);
    screen.onEvent(event);
    const finding = failFast.note(event);
    if (finding === undefined) return;
    screen.line(screen.style.bad(toFindingLine(finding, screen.failures.of(finding.consumer))));
    if (!finding.stops) return;
    stopped.set(finding.consumer, finding.what);
    traffic.giveUp(finding.consumer);
    void local.then((run) => run.stopConsumer(finding.consumer));
  };
  // Joining a group takes an embedded broker three seconds, so records are produced meanwhile; but not when a consumer
  // starts at the end of its topic, and would miss them.
  const canStartEarly = session.app.mappings.every(
    ({ startingPosition }) => startingPosition === 'TRIM_HORIZON',
  );
  const early = canStartEarly ? traffic.produce(signal) : undefined;
  early?.catch(() => {});
  const local = startLocal({
    ...session,
    faults: options.faults,
    pollerScalingMs: options.pollerScalingMs,
    ...(options.inspect && { inspect: options.inspect }),
    onEvent,
    ...(deployed && { deployed }),
  });
  const run = await local;
  try {
    screen.follow({ statuses: run.mappings, produced: traffic.produced });
    const production = early ?? traffic.produce(signal);
    const consumers = await carry({ ...parts, local: run, traffic, production });
    return {
      isProven: consumers.every(({ account }) => account.isProven),
      produced: traffic.produced(),
      seed: options.seed,
      ...screen.times(),
      consumers,
    };
  } finally {
    await run.close();
  }
}

interface Carried extends TrafficRun {
  readonly local: LocalRun;
  readonly traffic: Traffic;
  readonly production: Promise<void>;
}

/** The traffic through the consumers, and back out of where it landed. */
async function carry({
  session,
  local,
  traffic,
  production,
  screen,
  ended,
}: Carried): Promise<RunResult['consumers']> {
  await Promise.race([production, ended]);
  screen.line(`${toAmount(traffic.produced(), 'record')} produced, waiting until all are committed`);
  await Promise.race([local.drained(traffic.endOffsets()), ended]);
  screen.line('all committed, reading back what landed');
  return Promise.race([prove(session, local.mappings(), traffic), ended]);
}

async function prove(
  session: Session,
  statuses: readonly MappingStatus[],
  traffic: Traffic,
): Promise<RunResult['consumers']> {
  const accounts = await audit(
    statuses.map((status) => toSubject(status, session, traffic)),
    session.clients,
  );
  return accounts.map((account, index) => ({
    account,
    status: statuses[index] as MappingStatus,
    isReadBack: isAuditable(account.consumer),
  }));
}

function toSubject(status: MappingStatus, { app }: Session, traffic: Traffic): AuditSubject {
  const { consumer, topic, redelivered } = status;
  const mapping = app.mappings.find((each) => each.consumer === consumer);
  const fn = app.functions.find(({ name }) => name === mapping?.functionName);
  if (fn === undefined)
    throw new Error(`consumer ${consumer} has no function in its template, a bug in the runner`);
  return {
    consumer,
    topic,
    function: fn,
    produced: traffic.ledgerOf(topic),
    redelivered,
    failureBucket: mapping?.onFailure?.type === 's3' ? mapping.onFailure.bucket : undefined,
    reported: {
      done: status.done + status.skipped,
      deadLettered: status.deadLettered + status.kept,
      filtered: status.filtered,
    },
  };
}

function toStartLines({ broker, app }: Session): string[] {
  const consumers = app.mappings.map(({ consumer, topic }) => `${consumer} (${topic})`);
  const memoryCap = chooseMemoryCap();
  const where = { embedded: 'embedded Kafka', apache: 'Apache Kafka', external: 'Kafka' }[broker.kind];
  return [
    `${where} at ${broker.bootstrapServers}; S3, SQS, SNS and DynamoDB on 127.0.0.1`,
    `consumers: ${consumers.join(', ')}; memory limited by ${memoryCap}`,
  ];
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
