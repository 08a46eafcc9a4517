// One chaos run: Apache Kafka, the local runner and the AWS endpoints at work while a seeded sequence of faults hits them,
// then the account of every record. What it finds is its result; only what keeps it from being done is an error.
import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { createClients } from '../../../tools/aws/clients.ts';
import { startAwsEndpoints, type AwsEndpoints } from '../../../tools/aws/endpoints.ts';
import { startApacheBroker } from '../../../tools/broker/apache/broker.ts';
import { createKafka } from '../../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../../tools/broker/topic.ts';
import { readApp } from '../../../tools/local/run.ts';
import type { ChaosAccount } from './account/account.ts';
import { readBack } from './account/read-back.ts';
import { pollers, writeChaosApp } from './app/app.ts';
import { groupId, partitions, topic } from './app/record.ts';
import { createGate, type Gate } from './faults/gate.ts';
import { injectFault } from './faults/injection.ts';
import { waitForMoment } from './faults/moment.ts';
import { planFaults, type FaultKind, type PlannedFault } from './faults/plan.ts';
import { produce } from './producer.ts';
import { startRunner, type Runner, type RunnerFigures, type UnderWay } from './runner/runner.ts';
import { readProgress, type Progress } from './topic-end.ts';

/** What to run. */
export interface ChaosOptions {
  readonly records: number;
  /** The same one plans the same faults. */
  readonly seed: number;
  /** How many faults; the records are spread over them. */
  readonly faults: number;
  /** After that it gives up, in milliseconds. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  readonly onFault: (fault: PlannedFault, count: number) => void;
  readonly onProgress: (progress: ChaosProgress) => void;
}

/** Where a run is. */
export interface ChaosProgress extends Progress {
  readonly faults: number;
  readonly seconds: number;
  readonly runner: RunnerFigures;
}

/** A fault that was injected, and what was under way in the runner at that moment. Times are epoch milliseconds. */
export interface InjectedFault extends UnderWay {
  readonly kind: FaultKind;
  readonly startMs: number;
  readonly endMs: number;
}

/** What came of a run. */
export interface ChaosResult {
  readonly records: number;
  readonly seed: number;
  readonly seconds: number;
  readonly faults: readonly InjectedFault[];
  /** Whether the group had committed everything before the time was up. */
  readonly isDrained: boolean;
  readonly account: ChaosAccount;
  readonly runner: RunnerFigures;
}

// Released when all is quiet again: what comes twice of these is the runner's fault.
const calmShare = 0.1;

/**
 * Runs it.
 * @throws {BrokerError} without Java and Maven. @throws the signal's reason when it aborts
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  await using stack = new AsyncDisposableStack();
  const broker = await startApacheBroker({ revives: true, signal: options.signal });
  stack.defer(async () => await broker.close());
  const endpoints = await startAwsEndpoints();
  stack.defer(async () => await endpoints.close());
  const gate = await createGate(Number(new URL(endpoints.environment['AWS_ENDPOINT_URL_S3'] ?? '').port));
  stack.defer(gate.close);
  const app = await writeChaosApp();
  stack.defer(app.remove);
  const kafka = createKafka(broker.bootstrapServers, { clientId: 'chaos', retries: 2 });
  await ensureTopic(kafka, { topic, partitions });
  const { cdkOut } = app;
  const { bootstrapServers } = broker;
  const [startedMs, startMs] = [performance.now(), Date.now()];
  const runner = startRunner({ cdkOut, bootstrapServers, endpoints: behindGate(endpoints, gate) });
  stack.defer(runner.close);

  const limit = AbortSignal.timeout(options.limitMs);
  const until = AbortSignal.any([options.signal, limit]);
  const calmFrom = Math.floor(options.records * (1 - calmShare));
  const faults: InjectedFault[] = [];
  const inject = async (fault: PlannedFault): Promise<void> => {
    options.onFault(fault, faults.length + 1);
    const met = { kind: fault.kind, startMs: Date.now(), ...runner.underWay() };
    await injectFault(fault, { broker, kafka, gate, runner, signal: until });
    faults.push({ ...met, endMs: Date.now() });
  };
  const work = withFaults(options, { kafka, runner, until, calmFrom, inject });
  const progress = await work.catch((error: unknown) => {
    options.signal.throwIfAborted();
    if (!limit.aborted) throw error;
    return undefined;
  });
  const seconds = (performance.now() - startedMs) / 1000;
  await runner.close();
  const clients = createClients(endpoints);
  stack.defer(async () => clients.close());
  const [bucket] = readApp(cdkOut, endpoints).buckets;
  const { records, seed } = options;
  const account = await readBack({
    kafka,
    s3: clients.s3,
    bucket: bucket?.name ?? '',
    records,
    calmFrom,
    // The start, too: two pollers share the partitions one after the other.
    disturbances: [{ startMs, endMs: startMs }, ...faults],
  });
  return {
    records,
    seed,
    seconds,
    faults,
    isDrained: progress !== undefined,
    account,
    runner: runner.read(),
  };
}

interface Works {
  readonly kafka: Kafka;
  readonly runner: Runner;
  readonly inject: (fault: PlannedFault) => Promise<void>;
  readonly calmFrom: number;
  readonly until: AbortSignal;
}

/**
 * Releases a share of the records right before each fault, and the last of them when all is quiet again; resolves once the group
 * has committed everything.
 */
async function withFaults(options: ChaosOptions, works: Works): Promise<Progress> {
  const { kafka, runner, inject, calmFrom, until } = works;
  const { records } = options;
  const startedMs = performance.now();
  const stop = new AbortController();
  const signal = AbortSignal.any([until, stop.signal]);
  let [faults, released] = [0, 0];
  let isWritten = false;

  const hit = async (): Promise<void> => {
    for (const fault of planFaults(options.seed).take(options.faults)) {
      released = (calmFrom * (faults + 1)) / options.faults;
      await waitForMoment(runner, signal);
      await delay(fault.afterMs, undefined, { signal });
      await inject(fault);
      faults++;
    }
    released = calmFrom;
    await waitForCalm(kafka, calmFrom, signal);
    released = records;
  };
  const write = async (): Promise<void> => {
    await produce(kafka, { records, released: () => released, signal });
    isWritten = true;
  };
  const watch = async (): Promise<Progress> => {
    for (;;) {
      await delay(1000, undefined, { signal });
      const wasWritten = isWritten;
      const progress = await readProgress(kafka);
      if (progress === undefined) continue;
      const seconds = (performance.now() - startedMs) / 1000;
      options.onProgress({ ...progress, faults, seconds, runner: runner.read() });
      if (wasWritten && progress.committed >= progress.written) return progress;
    }
  };
  const parts = [hit(), write(), watch()] as const;
  try {
    const [, , progress] = await Promise.all(parts);
    return progress;
  } finally {
    stop.abort();
    await Promise.allSettled(parts);
  }
}

/** Resolves once at least `records` are written, all is committed, and both pollers are members of a group that is at rest. */
async function waitForCalm(kafka: Kafka, records: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const progress = await readProgress(kafka);
    const isQuiet = progress !== undefined && progress.written >= records;
    if (isQuiet && progress.committed >= progress.written && (await isStable(kafka))) return;
    await delay(500, undefined, { signal });
  }
}

async function isStable(kafka: Kafka): Promise<boolean> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const [group] = (await admin.describeGroups([groupId])).groups;
    return group?.state === 'Stable' && group.members.length === pollers;
  } finally {
    await admin.disconnect();
  }
}

// S3, SQS and SNS only: those are what the consumer and its dead letters use.
function behindGate(
  endpoints: AwsEndpoints,
  gate: Gate,
): Pick<AwsEndpoints, 'environment' | 'accountId' | 'region'> {
  const { accountId, region } = endpoints;
  const direct = endpoints.environment['AWS_ENDPOINT_URL_S3'];
  const entries = Object.entries(endpoints.environment).map(
    ([name, value]) => [name, value === direct ? `http://127.0.0.1:${gate.port}` : value] as const,
  );
  return { environment: Object.fromEntries(entries), accountId, region };
}
