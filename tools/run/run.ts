// The main job from start to proof: start everything, produce, wait until all is committed, read everything back, sum
// up. Whatever was started is closed on every way out.

import type { BrokerError } from '../broker/broker.ts';
import type { CommandIo } from '../command.ts';
import { createLive } from '../console/live.ts';
import { createStyle } from '../console/style.ts';
import { toAmount } from '../console/table.ts';
import type { LocalEvent } from '../local/events.ts';
import type { MappingStatus } from '../local/mapping-status.ts';
import { audit, isAuditable, type AuditSubject } from '../proof/audit.ts';
import type { RunOptions } from './command.ts';
import { toEventLine, toJson, toLiveRows, toSummary, type RunResult } from './report.ts';
import { startSession, type Session } from './session.ts';
import { createTraffic, type Traffic } from './traffic.ts';

/**
 * Runs the main job; the number is the exit code: 0 proven, 1 not.
 *
 * With `watch` the signal ends the traffic and the proof follows; without, it ends the run.
 */
export async function run(options: RunOptions, io: CommandIo): Promise<number> {
  const startedAt = Date.now();
  const out = options.json ? io.stderr : io.stdout;
  const style = createStyle(out);
  const brokerFailure = Promise.withResolvers<never>();
  // Nobody may be waiting for it at the moment it happens.
  brokerFailure.promise.catch(() => {});
  let session: Session | undefined;
  let traffic: Traffic | undefined;
  let firstRecordAt: number | undefined;
  let lastRecordAt = startedAt;

  await using parts = new AsyncDisposableStack();
  const busyMs = (): number => lastRecordAt - (firstRecordAt ?? lastRecordAt);
  const rows = (): string[] =>
    session ? toLiveRows(session.local.mappings(), traffic?.produced() ?? 0, busyMs()) : [];
  const live = createLive(out, rows);
  parts.defer(() => live.close());
  const onEvent = (event: LocalEvent): void => {
    traffic?.onEvent(event);
    if (event.kind === 'summary' && event.summary.done > 0) {
      lastRecordAt = Date.now();
      firstRecordAt ??= lastRecordAt;
    }
    if (event.kind === 'log' && options.showsLogs) live.line(style.dim(`${event.consumer} | ${event.line}`));
    const line = toEventLine(event, style);
    if (line !== undefined) live.line(line);
  };

  live.line(
    options.cdkOut === undefined
      ? 'synthesizing the app, starting Kafka and the AWS endpoints'
      : `starting ${options.cdkOut}`,
  );
  session = await startSession({
    ...options,
    signal: io.signal,
    onEvent,
    onBrokerFailure: (error: BrokerError) => brokerFailure.reject(error),
  });
  parts.defer(() => session?.close());
  const { local, broker } = session;
  traffic = createTraffic(options, local.mappings(), broker);
  for (const line of toStartLines(session)) live.line(line);

  const ended = Promise.race([brokerFailure.promise, options.watch ? never() : whenAborted(io.signal)]);
  await Promise.race([traffic.produce(io.signal), ended]);
  live.line(`${toAmount(traffic.produced(), 'record')} produced, waiting until all are committed`);
  await Promise.race([local.drained(traffic.endOffsets()), ended]);
  live.line('all committed, reading back what landed');
  const consumers = await Promise.race([prove(session, traffic), ended]);
  live.close();

  const result: RunResult = {
    isProven: consumers.every(({ account }) => account.isProven),
    produced: traffic.produced(),
    seed: options.seed,
    firstRecordMs: firstRecordAt === undefined ? null : firstRecordAt - startedAt,
    durationMs: Date.now() - startedAt,
    consumers,
  };
  if (options.json) io.stdout.write(`${toJson(result)}\n`);
  else out.write(`${toSummary(result, style).join('\n')}\n`);
  return result.isProven ? 0 : 1;
}

async function prove({ local, clients }: Session, traffic: Traffic): Promise<RunResult['consumers']> {
  const subjects = local.mappings().map((status) => toSubject(status, local.topology, traffic));
  const accounts = await audit(subjects, clients);
  return accounts.map((account, index) => ({
    account,
    status: local.mappings()[index] as MappingStatus,
    isReadBack: isAuditable(account.consumer),
  }));
}

function toSubject(
  status: MappingStatus,
  { functions, mappings }: Session['local']['topology'],
  traffic: Traffic,
): AuditSubject {
  const { consumer, topic, redelivered } = status;
  const functionName = mappings.find((mapping) => mapping.consumer === consumer)?.functionName;
  const fn = functions.find(({ name }) => name === functionName);
  if (fn === undefined)
    throw new Error(`consumer ${consumer} has no function in its template, a bug in the runner`);
  return {
    consumer,
    function: fn,
    produced: traffic.ledgerOf(topic),
    redelivered,
    reportedDone: status.done + status.skipped,
  };
}

function toStartLines({ broker, local }: Session): string[] {
  const consumers = local.mappings().map(({ consumer, topic }) => `${consumer} (${topic})`);
  const where = broker.kind === 'embedded' ? 'embedded Kafka' : 'Kafka';
  return [
    `${where} at ${broker.bootstrapServers}; S3, SQS, SNS and DynamoDB on 127.0.0.1`,
    `consumers: ${consumers.join(', ')}`,
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
