// Everything that a run stands on, started side by side and closed in reverse: the assembly, Kafka, the AWS endpoints,
// and the consumers on top of them.

import { resolve } from 'node:path';
import { createClients, type AwsClients } from '../aws/clients.ts';
import { startAwsEndpoints } from '../aws/endpoints.ts';
import type { Broker, BrokerError } from '../broker/broker.ts';
import { startEmbeddedBroker } from '../broker/embedded.ts';
import { connectBroker } from '../broker/external.ts';
import type { OnLocalEvent } from '../local/events.ts';
import type { Fault } from '../local/fault.ts';
import { startLocal, type LocalRun } from '../local/run.ts';
import { synthesize } from './synth.ts';

/** What to start. */
export interface SessionOptions {
  /** An assembly to run as it is; undefined: `cdk.out`, synthesized first. */
  readonly cdkOut: string | undefined;
  /** Address of the user's own Kafka; undefined: the embedded one. */
  readonly brokers: string | undefined;
  /** Empty: all. */
  readonly consumers: readonly string[];
  readonly faults: readonly Fault[];
  readonly signal: AbortSignal;
  readonly onEvent: OnLocalEvent;
  /** Told once when the embedded broker dies under the run. */
  readonly onBrokerFailure: (error: BrokerError) => void;
}

/** All of it, up. */
export interface Session {
  readonly broker: Broker;
  readonly local: LocalRun;
  readonly clients: AwsClients;
  close(): Promise<void>;
}

/**
 * Starts everything; when a part fails, what had started is closed again.
 *
 * @throws SynthError, BrokerError, LocalError; the signal's reason when it aborts meanwhile
 */
export async function startSession(options: SessionOptions): Promise<Session> {
  const parts = new AsyncDisposableStack();
  const own = async <T extends { close(): Promise<void> | void }>(starting: Promise<T>): Promise<T> => {
    const part = await starting;
    parts.defer(() => part.close());
    return part;
  };
  try {
    const { cdkOut, brokers, signal, onBrokerFailure } = options;
    const starts = await Promise.allSettled([
      own<Broker>(
        brokers === undefined ? startEmbeddedBroker({ onFailure: onBrokerFailure }) : connectBroker(brokers),
      ),
      own(startAwsEndpoints()),
      cdkOut === undefined ? synthesize(signal) : resolve(cdkOut),
    ]);
    const [broker, endpoints, assembly] = starts.map((start) => valueOf<unknown>(start)) as [
      Broker,
      Awaited<ReturnType<typeof startAwsEndpoints>>,
      string,
    ];
    signal.throwIfAborted();
    const local = await own(
      startLocal({
        cdkOut: assembly,
        broker,
        endpoints,
        faults: options.faults,
        onEvent: options.onEvent,
        ...(options.consumers.length > 0 && { consumers: options.consumers }),
      }),
    );
    const clients = createClients(endpoints);
    parts.defer(() => clients.close());
    signal.throwIfAborted();
    return { broker, local, clients, close: () => parts.disposeAsync() };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
