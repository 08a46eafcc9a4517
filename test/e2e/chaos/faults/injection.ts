// How a planned fault is done, and when it is over: each one ends with what was hit being back, or on its way back.
import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { BrokerError } from '../../../../tools/broker/broker.ts';
import type { ApacheBroker } from '../../../../tools/broker/apache/broker.ts';
import type { PlannedFault } from './plan.ts';
import type { Gate } from './gate.ts';
import { readProcessState } from './process-state.ts';
import type { Runner } from '../runner/runner.ts';
import { readProgress } from '../topic-end.ts';

/** What can be hit. */
export interface Targets {
  readonly broker: ApacheBroker;
  readonly kafka: Kafka;
  readonly gate: Gate;
  readonly runner: Runner;
  readonly signal: AbortSignal;
}

const brokerBackWithinMs = 120_000;

/** Does it. @throws {BrokerError} `BROKER_FAILED` when a broker does not come back */
export async function injectFault({ kind, lastsMs, pick }: PlannedFault, targets: Targets): Promise<void> {
  switch (kind) {
    case 'kill-broker':
      await hitBroker('SIGKILL', targets);
      break;
    case 'stop-broker':
      await hitBroker('SIGTERM', targets);
      break;
    case 'kill-runner':
      await targets.runner.kill();
      break;
    case 'restart-pollers':
      targets.runner.restartPollers();
      break;
    case 'kill-sandbox':
      await killOne(targets.runner, pick);
      break;
    case 'close-endpoints':
      await closeFor(lastsMs, targets);
      break;
  }
}

async function hitBroker(
  signal: 'SIGKILL' | 'SIGTERM',
  { broker, kafka, signal: until }: Targets,
): Promise<void> {
  const before = broker.processId;
  process.kill(before, signal);
  const deadline = Date.now() + brokerBackWithinMs;
  while (broker.processId === before || (await readProgress(kafka)) === undefined) {
    if (Date.now() > deadline) throw new BrokerError('BROKER_FAILED', `Apache Kafka did not come back`);
    await delay(200, undefined, { signal: until });
  }
}

// The list has ended ones, too, whose ids may be somebody else's by now. One that is at work is hit, if there is one.
async function killOne({ sandboxes, processId }: Runner, pick: number): Promise<void> {
  const parent = processId();
  const states = await Promise.all(
    sandboxes().map(async (pid) => ({ pid, state: await readProcessState(pid) })),
  );
  const alive = states.filter(({ state }) => state !== undefined && state.parent === parent);
  const atWork = alive.filter(({ state }) => state?.isStopped === false);
  const candidates = atWork.length > 0 ? atWork : alive;
  const victim = candidates[Math.floor(pick * candidates.length)];
  if (victim !== undefined) process.kill(victim.pid, 'SIGKILL');
}

async function closeFor(lastsMs: number, { gate, signal }: Targets): Promise<void> {
  await gate.shut();
  try {
    await delay(lastsMs, undefined, { signal });
  } finally {
    await gate.open();
  }
}
