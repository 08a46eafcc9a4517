// One mapping, put together from its parts and started: its function's host, what it filters and decodes, its way into the
// broker, its destination and its pollers.
import type { Kafka } from 'kafkajs';
import type { AwsClients } from '../aws/clients.ts';
import type { AwsEndpoints } from '../aws/endpoints.ts';
import { toAccessKeyId } from '../aws/permissions/permissions.ts';
import { toQueueUrl } from '../aws/resources.ts';
import type { Broker } from '../broker/broker.ts';
import { createKafka } from '../broker/kafka-client.ts';
import { createDestination, type Destination } from './destination/destination.ts';
import type { EventEnvelope } from './event.ts';
import type { OnLocalEvent } from './events.ts';
import type { Fault } from './fault.ts';
import { createInvoker, type Invoker } from './invoker.ts';
import type { Mapping } from './mapping/mapping.ts';
import { compileFilters } from './mapping/record-filter.ts';
import type { Secrets } from './mapping/secrets.ts';
import { createStatusCounter, type StatusCounter } from './mapping/mapping-status.ts';
import { toSecurity } from './mapping/source-security.ts';
import { startPollerPool, type PollerPoolOptions } from './poller/poller-pool.ts';
import { createRecordPipeline, type RecordPipeline } from './poller/record-pipeline.ts';
import { createStartPositions } from './poller/start-position.ts';
import { createMappingRegistry } from './schema/mapping-registry.ts';
import { createSchemaDecoder } from './schema/schema-decoder.ts';
import { createFunctionHost, type CreateHost, type FunctionHost } from './sandbox/host/function-host.ts';
import { chooseMemoryCap, type MemoryCapKind } from './sandbox/memory/memory-cap.ts';
import { keepPlaces, type Places } from './sandbox/host/reserved-concurrency.ts';
import type { SandboxOptions } from './sandbox/sandbox.ts';
import type { TopicEnds } from './wait-for-commits.ts';
import type { LambdaFunction } from '../template/topology.ts';

/** What all mappings of a run have in common. */
export interface MappingSettings {
  /** Where Kafka listens: comma-separated `host:port`. */
  readonly broker: Pick<Broker, 'bootstrapServers' | 'security'> & Partial<Pick<Broker, 'kind'>>;
  readonly endpoints: Pick<AwsEndpoints, 'environment' | 'accountId' | 'region'>;
  /** Faults to inject. Default none. */
  readonly faults?: readonly Fault[];
  /** Pause before a first retry in milliseconds, doubled per further one up to 30 s. Default 200; 0 for none. */
  readonly backoffMs?: number;
  /** Time between two looks at whether a mapping needs more or fewer pollers, in milliseconds. Default 60,000, as on AWS. */
  readonly pollerScalingMs?: number;
  /** Calls the functions where they are deployed with all their resources. Default: both are made here. */
  readonly deployed?: CreateHost;
  /** Lets a debugger attach to each function, of which one invocation at a time then runs. Default: none may. */
  readonly inspect?: InspectOptions;
  /** How the functions' memory sizes are enforced. Default: the best means of this machine. */
  readonly memoryCap?: MemoryCapKind;
  /**
   * Secrets that mappings name. With them, pollers enter the broker and their schema registry as their mapping says;
   * without, the broker as its `security` says, and a registry as anybody.
   */
  readonly secrets?: Secrets;
  /** URL of a Confluent registry in place of those that mappings name. Default: theirs. */
  readonly registryUrl?: string;
  /** Whether a Glue registry of whatever account is in the local Glue. Default: those of the app's account are. */
  readonly isGlueLocal?: boolean;
}

/** How debuggers attach. */
export interface InspectOptions {
  /** Port of 127.0.0.1 for the first mapping's function, the next one for the second's, and so on; 0 for free ones. */
  readonly port: number;
  /** Whether a function's process stops before its first line until a debugger lets it go on. */
  readonly breaksAtStart: boolean;
}

/** A mapping at work. */
export interface RunningMapping {
  readonly mapping: Mapping;
  readonly status: StatusCounter;
  readonly restartPoller: () => Promise<void>;
  /** Calls the function with these records, whatever the pollers do. */
  readonly tryOnce: Invoker['tryOnce'];
  /** Lets invocations from now on run another version of the function. */
  readonly replaceFunction: (fn: LambdaFunction) => void;
  /** Whether the broker says that what lies before these offsets is committed; false while it does not answer. */
  readonly hasCommitted: (ends: TopicEnds) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** What one mapping runs with. */
export interface MappingParts extends MappingSettings {
  readonly functions: readonly LambdaFunction[];
  /** Of functions with reserved concurrency, by their name. */
  readonly places: ReadonlyMap<string, Places>;
  readonly clients: AwsClients;
  readonly onEvent: OnLocalEvent;
}

// While a broker is away kafkajs says the same several times a second.
const repeatedLogMs = 10_000;

/** Starts a mapping; resolves once its pollers have their partitions. @throws {LocalError} as `startLocal` does. */
export async function startMapping(mapping: Mapping, parts: MappingParts): Promise<RunningMapping> {
  const { broker, backoffMs = 200, pollerScalingMs, onEvent } = parts;
  const { consumer } = mapping;
  const { status, invoker, destination, ...shared } = assemble(mapping, parts);
  try {
    const pool = await startPollerPool({
      ...shared,
      mapping,
      status,
      onEvent,
      invoke: invoker.invoke,
      deliver: destination.deliver,
      backoffMs,
      // The embedded broker makes topics in no other way.
      allowTopicCreation: broker.kind === 'embedded',
      // AWS looks at the lag once a minute (AWS Lambda guide, Kafka scaling modes).
      scalingMs: pollerScalingMs ?? 60_000,
      onStopped({ message }) {
        status.stop(message);
        onEvent({ kind: 'stopped', consumer, reason: message });
      },
    });
    return {
      mapping,
      status,
      restartPoller: async () => await pool.restart(),
      tryOnce: invoker.tryOnce,
      replaceFunction: (next) => invoker.replaceFunction(next),
      hasCommitted: async (ends) => await pool.hasCommitted(ends),
      async close() {
        // Both at once: a handler in the middle of its work must not hold up leaving the group.
        await Promise.all([pool.stop(), invoker.close()]);
        await pool.idle();
        await destination.close();
      },
    };
  } catch (error) {
    await Promise.all([invoker.close(), destination.close()]);
    throw error;
  }
}

/** Puts together what batches of a mapping go through; nothing is connected or started yet. */
function assemble(
  mapping: Mapping,
  parts: MappingParts,
): Pick<PollerPoolOptions, 'envelope' | 'kafka' | 'pipeline' | 'startPositions'> & {
  readonly status: StatusCounter;
  readonly invoker: Invoker;
  readonly destination: Destination;
} {
  const { functions, endpoints, broker, clients, faults = [], onEvent } = parts;
  const { consumer, topic, consumerGroupId: groupId, startingPosition } = mapping;
  const { accountId, region } = endpoints;
  const fn = functions.find(({ name }) => name === mapping.functionName) as LambdaFunction;
  const { memoryCap = chooseMemoryCap() } = parts;
  onEvent({ kind: 'started', consumer, memoryMb: fn.memoryMb, memoryCap });
  const warn = (message: string): void => onEvent({ kind: 'warning', consumer, message });
  for (const warning of [...fn.warnings, ...mapping.warnings]) warn(warning);
  const status = createStatusCounter(consumer, topic);
  const envelope = toEnvelope(mapping, broker);
  const invoker = createInvoker({
    mapping,
    envelope,
    status,
    onEvent,
    faults,
    fn,
    createHost: (version, onLog) =>
      parts.deployed?.(version, onLog) ?? createLocalHost(version, { ...parts, memoryCap, warn }, onLog),
  });
  const kafka = createMappingKafka(mapping, parts, warn);
  const destination = createDestination({
    mapping,
    envelope,
    kafka,
    clients,
    queueUrl: (name) => toQueueUrl(endpoints, name),
    functionArn: `arn:aws:lambda:${region}:${accountId}:function:${fn.name}`,
  });
  const pipeline = toPipeline(mapping, parts, warn);
  const startPositions = createStartPositions({ topic, groupId, startingPosition });
  return { envelope, kafka, pipeline, startPositions, status, invoker, destination };
}

function createLocalHost(
  fn: LambdaFunction,
  { endpoints, memoryCap, inspect, places, warn }: MappingParts & { readonly warn: (text: string) => void },
  onLog: SandboxOptions['onLog'],
): FunctionHost {
  const { accountId, region, environment } = endpoints;
  const host = createFunctionHost({
    fn,
    accountId,
    region,
    onLog,
    onNotice: warn,
    // Tells the endpoints who calls.
    endpoints: { ...environment, AWS_ACCESS_KEY_ID: toAccessKeyId(fn.name) },
    ...(memoryCap !== undefined && { memoryCap }),
    ...(inspect !== undefined && {
      inspectPort: inspect.port,
      breaksAtStart: inspect.breaksAtStart,
    }),
  });
  const own = places.get(fn.name);
  return own === undefined ? host : keepPlaces(host, own);
}

function toEnvelope(
  { topic, eventSourceArn }: Mapping,
  { bootstrapServers }: MappingSettings['broker'],
): EventEnvelope {
  const eventSource = eventSourceArn === undefined ? 'SelfManagedKafka' : 'aws:kafka';
  // The template's brokers are not here; the function is told where its records really came from.
  return { topic, eventSource, eventSourceArn, bootstrapServers };
}

function createMappingKafka(
  { consumer, access }: Mapping,
  { broker, secrets }: MappingSettings,
  warn: (message: string) => void,
): Kafka {
  const isGuarded = secrets !== undefined && access.length > 0;
  const security = isGuarded ? toSecurity(access, secrets) : broker.security;
  const quietUntilMs = new Map<string, number>();
  return createKafka(broker.bootstrapServers, {
    clientId: `tailrace-${consumer}`,
    ...(security !== undefined && { security }),
    onLog({ namespace, message, error }) {
      const text = `kafkajs ${namespace}: ${message}${error === undefined ? '' : `: ${error}`}`;
      // Pollers come and go; `assigned` tells what they have then.
      if (text.includes('rebalancing') || Date.now() < (quietUntilMs.get(text) ?? 0)) return;
      quietUntilMs.set(text, Date.now() + repeatedLogMs);
      warn(text);
    },
  });
}

function toPipeline(
  { topic, filterCriteria, registry: config }: Mapping,
  { secrets, registryUrl, clients, endpoints, isGlueLocal }: MappingParts,
  warn: (message: string) => void,
): RecordPipeline {
  const filter = compileFilters(filterCriteria);
  for (const warning of filter?.warnings ?? []) warn(warning);
  const decode =
    config &&
    createSchemaDecoder(config, {
      topic,
      registry: createMappingRegistry(config, {
        secrets,
        registryUrl,
        glue: { client: clients.glue, ...(isGlueLocal !== true && { accountId: endpoints.accountId }) },
      }),
    });
  return createRecordPipeline({ topic, filter, decode });
}
