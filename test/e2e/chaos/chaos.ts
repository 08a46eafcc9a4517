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
import type { ChaosAccount } from './account.ts';
import { writeChaosApp } from './app.ts';
import { planFaults, type PlannedFault } from './faults.ts';
import { createGate, type Gate } from './gate.ts';
import { injectFault } from './injection.ts';
import { produce } from './producer.ts';
import { readBack } from './read-back.ts';
import { partitions, topic } from './record.ts';
import { startRunner, type RunnerFigures } from './runner.ts';
import { readProgress, type Progress } from './topic-end.ts';

/** What to run. */
export interface ChaosOptions {
  readonly records: number;
  /** The same one plans the same faults. */
  readonly seed: number;
  /** How many faults; the records are spread over them. */
  readonly faults: number;
  /** Mean pause between two faults, in milliseconds. */
  readonly paceMs: number;
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

/** What came of a run. */
export interface ChaosResult {
  readonly records: number;
  readonly seed: number;
  readonly seconds: number;
  /** How many faults of each kind there were. */
  readonly faults: Readonly<Record<string, number>>;
  /** Whether the group had committed everything before the time was up. */
  readonly isDrained: boolean;
  /** Records in the topic beyond `records`: written twice, because an acknowledgement was lost. */
  readonly writtenTwice: number;
  readonly account: ChaosAccount;
  readonly runner: RunnerFigures;
}

// The records wait in the topic, not in anybody's memory; this only keeps the producer at work while there are faults.
const maxAhead = 200_000;

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
  const guarded = behindGate(endpoints, gate);
  const { cdkOut } = app;
  const { bootstrapServers } = broker;
  const startedMs = performance.now();
  const runner = startRunner({ cdkOut, bootstrapServers, endpoints: guarded });
  stack.defer(runner.close);

  const limit = AbortSignal.timeout(options.limitMs);
  const until = AbortSignal.any([options.signal, limit]);
  const faults: Record<string, number> = {};
  const work = withFaults(options, {
    kafka,
    runner: runner.read,
    until,
    inject: async (fault) => {
      await injectFault(fault, { broker, kafka, gate, runner, signal: until });
      faults[fault.kind] = (faults[fault.kind] ?? 0) + 1;
    },
  });
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
  const account = await readBack(clients.s3, bucket?.name ?? '', options.records);
  const writtenTwice = (progress?.written ?? options.records) - options.records;
  const { records, seed } = options;
  const isDrained = progress !== undefined;
  return { records, seed, seconds, faults, isDrained, writtenTwice, account, runner: runner.read() };
}

interface Works {
  readonly kafka: Kafka;
  readonly runner: () => RunnerFigures;
  readonly inject: (fault: PlannedFault) => Promise<void>;
  readonly until: AbortSignal;
}

/** Writes while faults happen; resolves once all is written, all faults are over and the group has committed everything. */
async function withFaults(options: ChaosOptions, { kafka, runner, inject, until }: Works): Promise<Progress> {
  const { records } = options;
  const startedMs = performance.now();
  const stop = new AbortController();
  const signal = AbortSignal.any([until, stop.signal]);
  let [faults, committed, isWritten] = [0, 0, false];

  const hit = async (): Promise<void> => {
    const plan = planFaults(options.seed, options.paceMs);
    while (faults < options.faults) {
      const fault = plan.next().value;
      await delay(fault.afterMs, undefined, { signal });
      options.onFault(fault, faults + 1);
      await inject(fault);
      faults++;
    }
  };
  const write = async (): Promise<void> => {
    // Spread over the faults, so that each one hits records on their way.
    const released = (): number => (records * (faults + 1)) / (options.faults + 1);
    const isAhead = (produced: number): boolean => produced - committed > maxAhead || produced >= released();
    await produce(kafka, { records, isAhead, signal });
    isWritten = true;
  };
  const watch = async (): Promise<Progress> => {
    for (;;) {
      await delay(1000, undefined, { signal });
      const wasWritten = isWritten && faults === options.faults;
      const progress = await readProgress(kafka);
      if (progress === undefined) continue;
      ({ committed } = progress);
      const seconds = (performance.now() - startedMs) / 1000;
      options.onProgress({ ...progress, faults, seconds, runner: runner() });
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
