// A whole local run: the synthesized app on a broker and local AWS endpoints, until it is closed.
import { createClients, type AwsClients } from '../aws/clients.ts';
import type { AwsEndpoints } from '../aws/endpoints.ts';
import { createResources, toQueueUrl } from '../aws/resources.ts';
import type { Broker } from '../broker/broker.ts';
import { createKafka } from '../broker/kafka-client.ts';
import { createDestination } from './destination/destination.ts';
import { LocalError } from './error.ts';
import type { LocalEvent, OnLocalEvent } from './events.ts';
import type { Fault } from './fault.ts';
import { createFunctionHost, type CreateHost } from './sandbox/function-host.ts';
import { createIntake, type Intake } from './poller/intake.ts';
import { createInvoker } from './invoker.ts';
import type { Mapping } from './mapping/mapping.ts';
import { chooseMemoryCap, type MemoryCapKind } from './sandbox/memory-cap.ts';
import { startMappingRun } from './mapping-run.ts';
import { compileFilters, type RecordFilter } from './mapping/record-filter.ts';
import { registerRecordBatchCodecs } from './poller/record-batch-codecs.ts';
import { createMappingRegistry } from './poller/mapping-registry.ts';
import { createSchemaDecoder } from './poller/schema-decoder.ts';
import type { Secrets } from './mapping/secrets.ts';
import { toSecurity } from './poller/source-security.ts';
import { createStatusCounter, type MappingStatus, type StatusCounter } from './mapping-status.ts';
import { readTopology, type LambdaFunction, type Topology } from './template/topology.ts';

/** What to run, and on what. */
export interface LocalRunOptions {
  /** What to run: all of it; see `readApp`. */
  readonly app: Topology;
  /** Where Kafka listens: comma-separated `host:port`. */
  readonly broker: Pick<Broker, 'bootstrapServers' | 'security'>;
  readonly endpoints: Pick<AwsEndpoints, 'environment' | 'accountId' | 'region'>;
  /** Faults to inject. Default none. */
  readonly faults?: readonly Fault[];
  /** Pause before a first retry in milliseconds, doubled per further one up to 30 s. Default 200; 0 for none. */
  readonly backoffMs?: number;
  /** Calls the functions where they are deployed with all their resources. Default: both are made here. */
  readonly deployed?: CreateHost;
  /** How the functions' memory sizes are enforced. Default: the best means of this machine. */
  readonly memoryCap?: MemoryCapKind;
  /**
   * Secrets that mappings name. With them, pollers enter the broker and their schema registry as their mapping says;
   * without, the broker as its `security` says, and a registry as anybody.
   */
  readonly secrets?: Secrets;
  /** URL of a Confluent registry in place of those that mappings name. Default: theirs. */
  readonly registryUrl?: string;
  /** Default: nobody listens. */
  readonly onEvent?: OnLocalEvent;
}

/**
 * Reads the app that `cdk synth` wrote to the folder `cdkOut`, as it will be at these endpoints, with its enabled
 * mappings, or with those of `consumers` only.
 * @throws {LocalError} `NO_CDK_OUT`, `UNRESOLVED`, `UNSUPPORTED` or `NO_SUCH_CONSUMER`.
 */
export function readApp(
  cdkOut: string,
  endpoints: LocalRunOptions['endpoints'],
  consumers?: readonly string[],
): Topology {
  const { accountId, region } = endpoints;
  const queueUrl = (name: string): string => toQueueUrl(endpoints, name);
  const topology = readTopology(cdkOut, { accountId, region, queueUrl });
  const enabled = topology.mappings.filter((mapping) => mapping.enabled);
  for (const consumer of consumers ?? []) checkConsumer(consumer, enabled);
  const isWanted = ({ consumer }: Mapping): boolean => consumers?.includes(consumer) ?? true;
  return { ...topology, mappings: enabled.filter(isWanted) };
}

/** End offsets (the next offset that would be written) by topic and partition. */
export type EndOffsets = Readonly<Record<string, Readonly<Record<number, number>>>>;

/** A running app. */
export interface LocalRun {
  readonly topology: Topology;
  /** The numbers of this moment, one entry per running mapping. */
  readonly mappings: () => readonly MappingStatus[];
  /**
   * Resolves once every mapping has committed everything of its topic before these offsets.
   * @throws {LocalError} `CLOSED` when the run is closed before that.
   */
  readonly drained: (endOffsets: EndOffsets) => Promise<void>;
  /** Closes and starts a consumer's poller, batches in flight or not. @throws {LocalError} `NO_SUCH_CONSUMER`. */
  readonly restartPoller: (consumer: string) => Promise<void>;
  /** Ends pollers and function processes; what is in flight is not committed. A second call does nothing more. */
  readonly close: () => Promise<void>;
}

interface Running {
  readonly mapping: Mapping;
  readonly status: StatusCounter;
  readonly restartPoller: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Creates the app's buckets, queues, topics and tables at the endpoints, and starts its mappings; resolves once every
 * poller has its partitions. The broker and the endpoints stay the caller's to close, after `close()`.
 * @throws {LocalError} `NO_SUCH_CONSUMER` for a fault's, `NO_SUCH_TOPIC`, `POLLER_FAILED`. @throws {AwsResourceError} when an endpoint refuses a resource.
 */
export async function startLocal(options: LocalRunOptions): Promise<LocalRun> {
  const { app, endpoints } = options;
  for (const { consumer } of options.faults ?? []) {
    if (consumer !== undefined) checkConsumer(consumer, app.mappings);
  }
  if (options.deployed === undefined) await createResources(app, endpoints);
  registerRecordBatchCodecs();
  const clients = createClients(endpoints);
  const waiters = new Set<Waiter>();
  const onEvent: OnLocalEvent = (event) => {
    options.onEvent?.(event);
    if (event.kind === 'committed' || event.kind === 'assigned') for (const waiter of waiters) waiter.check();
  };
  const starts = await Promise.allSettled(
    app.mappings.map(async (mapping) => await startMapping(mapping, { ...options, clients, onEvent })),
  );
  const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));

  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    for (const waiter of waiters)
      waiter.reject(new LocalError('CLOSED', 'the local run was closed before it was drained'));
    await Promise.all(running.map(async ({ close }) => await close()));
    clients.close();
  };
  const close = async (): Promise<void> => {
    closing ??= closeAll();
    await closing;
  };
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  return {
    topology: app,
    mappings: () => running.map(({ status }) => status.read()),
    drained: async (endOffsets) => await waitUntilDrained(running, endOffsets, waiters),
    async restartPoller(consumer) {
      checkConsumer(consumer, app.mappings);
      const found = running.filter(({ mapping }) => mapping.consumer === consumer);
      await Promise.all(found.map(async ({ restartPoller }) => await restartPoller()));
    },
    close,
  };
}

function checkConsumer(consumer: string, mappings: readonly Mapping[]): void {
  if (mappings.some((mapping) => mapping.consumer === consumer)) return;
  const known = mappings.map((mapping) => mapping.consumer).join(', ');
  throw new LocalError(
    'NO_SUCH_CONSUMER',
    `no such consumer, got ${consumer}, expected one of: ${known || 'none'}; check the name`,
  );
}

interface MappingParts extends LocalRunOptions {
  readonly clients: AwsClients;
  readonly onEvent: OnLocalEvent;
}

async function startMapping(mapping: Mapping, parts: MappingParts): Promise<Running> {
  const { app, endpoints, broker, onEvent } = parts;
  const { accountId, region } = endpoints;
  const fn = app.functions.find(({ name }) => name === mapping.functionName) as LambdaFunction;
  const { memoryCap = chooseMemoryCap() } = parts;
  onEvent({ kind: 'started', consumer: mapping.consumer, memoryMb: fn.memoryMb, memoryCap });
  const status = createStatusCounter(mapping.consumer, mapping.topic);
  const envelope = {
    topic: mapping.topic,
    eventSource:
      mapping.eventSourceArn === undefined ? ('SelfManagedKafka' as const) : ('aws:kafka' as const),
    eventSourceArn: mapping.eventSourceArn,
    // The template's brokers are not here; the function is told where its records really came from.
    bootstrapServers: broker.bootstrapServers,
  };
  const warn = (message: string): void => {
    const event: LocalEvent = { kind: 'warning', consumer: mapping.consumer, message };
    onEvent(event);
  };
  const invoker = createInvoker({
    mapping,
    envelope,
    status,
    onEvent,
    faults: parts.faults ?? [],
    createHost: (onLog) =>
      parts.deployed?.(fn, onLog) ??
      createFunctionHost({ fn, accountId, region, endpoints: endpoints.environment, memoryCap, onLog }),
  });
  const filter = compileFilters(mapping.filterCriteria);
  for (const field of filter?.undocumentedFields ?? [])
    warn(
      `a filter asks for ${field}, got no word of AWS on that, expected value alone; filter in the handler`,
    );
  const { secrets } = parts;
  const isGuarded = secrets !== undefined && mapping.access.length > 0;
  const security = isGuarded ? toSecurity(mapping.access, secrets) : broker.security;
  const kafka = createKafka(broker.bootstrapServers, {
    clientId: `tailrace-${mapping.consumer}`,
    ...(security !== undefined && { security }),
    onLog: ({ namespace, message, error }) =>
      warn(`kafkajs ${namespace}: ${message}${error === undefined ? '' : `: ${error}`}`),
  });
  const destination = createDestination({
    mapping,
    envelope,
    kafka,
    clients: parts.clients,
    queueUrl: (name) => toQueueUrl(endpoints, name),
    functionArn: `arn:aws:lambda:${region}:${accountId}:function:${fn.name}`,
  });
  try {
    const run = await startMappingRun({
      mapping,
      intake: toIntake(mapping, filter, parts),
      envelope,
      status,
      onEvent,
      kafka,
      invoke: invoker.invoke,
      backoffMs: parts.backoffMs ?? 200,
      deliver: destination.deliver,
    });
    return {
      mapping,
      status,
      restartPoller: run.restartPoller,
      async close() {
        // Both at once: a handler in the middle of its work must not hold up leaving the group.
        await Promise.all([run.stop(), invoker.close()]);
        await run.idle();
        await destination.close();
      },
    };
  } catch (error) {
    await Promise.all([invoker.close(), destination.close()]);
    throw error;
  }
}

function toIntake(
  { topic, registry: config }: Mapping,
  filter: RecordFilter | undefined,
  { secrets, registryUrl }: MappingParts,
): Intake {
  const decode =
    config &&
    createSchemaDecoder(config, {
      topic,
      registry: createMappingRegistry(config, { secrets, registryUrl }),
    });
  return createIntake({ topic, filter, decode });
}

interface Waiter {
  readonly check: () => void;
  readonly reject: (error: LocalError) => void;
}

async function waitUntilDrained(
  running: readonly Running[],
  endOffsets: EndOffsets,
  waiters: Set<Waiter>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const isDrained = (): boolean =>
    running.every(({ mapping, status }) =>
      Object.entries(endOffsets[mapping.topic] ?? {}).every(
        ([partition, end]) => status.committedAt(Number(partition)) >= end,
      ),
    );
  const waiter: Waiter = {
    check() {
      if (isDrained()) resolve();
    },
    reject,
  };
  waiters.add(waiter);
  waiter.check();
  try {
    await promise;
  } finally {
    waiters.delete(waiter);
  }
}
