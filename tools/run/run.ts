// The main job from start to proof: start everything, produce, wait until all is committed, read everything back, sum
// up. Whatever was started is closed on every way out.

import type { BrokerError } from '../broker/broker.ts';
import type { CommandIo } from '../command.ts';
import { toAmount } from '../console/table.ts';
import type { MappingStatus } from '../local/mapping-status.ts';
import { audit, isAuditable, type AuditSubject } from '../proof/audit.ts';
import type { RunOptions } from './command.ts';
import { toJson, toSummary, type RunResult } from './report.ts';
import { openScreen, type Screen } from './screen.ts';
import { startSession, type Session } from './session.ts';
import { createTraffic, type Traffic } from './traffic.ts';

/**
 * Runs the main job; the number is the exit code: 0 proven, 1 not.
 *
 * With `watch` the signal ends the traffic and the proof follows; without, it ends the run.
 *
 * @throws SynthError, BrokerError, LocalError; the signal's reason when it ends the run
 */
export async function run(options: RunOptions, io: CommandIo): Promise<number> {
  const startedAt = Date.now();
  const out = options.json ? io.stderr : io.stdout;
  await using parts = new AsyncDisposableStack();
  const screen = openScreen(out, options);
  parts.defer(() => screen.close());
  const { signal } = io;

  const brokerFailure = Promise.withResolvers<never>();
  const onBrokerFailure = (error: BrokerError): void => brokerFailure.reject(error);
  // What ends the run from outside. Nobody may be waiting for it at the moment it happens.
  const ended = Promise.race([brokerFailure.promise, options.watch ? never() : whenAborted(signal)]);
  ended.catch(() => {});

  let traffic: Traffic | undefined;
  screen.line(
    options.cdkOut === undefined
      ? 'synthesizing the app, starting Kafka and AWS endpoints'
      : `starting ${options.cdkOut}`,
  );
  const session = await startSession({
    ...options,
    signal,
    onBrokerFailure,
    onEvent(event) {
      traffic?.onEvent(event);
      screen.onEvent(event);
    },
  });
  parts.defer(() => session.close());
  traffic = createTraffic(options, session.local.mappings(), session.broker);
  screen.follow({ statuses: session.local.mappings, produced: traffic.produced });
  for (const line of toStartLines(session)) screen.line(line);

  const consumers = await carry({ session, traffic, screen, signal, ended });
  screen.close();
  const firstRecordAt = screen.firstRecordAt();
  const result: RunResult = {
    isProven: consumers.every(({ account }) => account.isProven),
    produced: traffic.produced(),
    seed: options.seed,
    firstRecordMs: firstRecordAt === undefined ? null : firstRecordAt - startedAt,
    durationMs: Date.now() - startedAt,
    consumers,
  };
  if (options.json) io.stdout.write(`${toJson(result)}\n`);
  else out.write(`${toSummary(result, screen.style).join('\n')}\n`);
  return result.isProven ? 0 : 1;
}

interface Carried {
  readonly session: Session;
  readonly traffic: Traffic;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly ended: Promise<never>;
}

/** The traffic through the consumers, and back out of where it landed. */
async function carry({ session, traffic, screen, signal, ended }: Carried): Promise<RunResult['consumers']> {
  await Promise.race([traffic.produce(signal), ended]);
  screen.line(`${toAmount(traffic.produced(), 'record')} produced, waiting until all are committed`);
  await Promise.race([session.local.drained(traffic.endOffsets()), ended]);
  screen.line('all committed, reading back what landed');
  return Promise.race([prove(session, traffic), ended]);
}

async function prove({ local, clients }: Session, traffic: Traffic): Promise<RunResult['consumers']> {
  const statuses = local.mappings();
  const accounts = await audit(
    statuses.map((status) => toSubject(status, local.topology, traffic)),
    clients,
  );
  return accounts.map((account, index) => ({
    account,
    status: statuses[index] as MappingStatus,
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
