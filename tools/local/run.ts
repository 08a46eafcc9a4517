// A whole local run: the synthesized app on a broker and local AWS endpoints, until it is closed.
import { createClients } from '../aws/clients.ts';
import { createResources, toQueueUrl } from '../aws/resources.ts';
import { LocalError } from './error.ts';
import type { PolledRecord } from './event.ts';
import type { OnLocalEvent } from './events.ts';
import type { Trial } from './invoker.ts';
import type { Mapping } from './mapping/mapping.ts';
import type { MappingStatus } from './mapping/mapping-status.ts';
import { startMapping, type MappingSettings, type RunningMapping } from './mapping-runner.ts';
import { createPlaces } from './sandbox/host/reserved-concurrency.ts';
import { createCommitWaits, type EndOffsets } from './wait-for-commits.ts';
import {
  checkConsumer,
  readTopology,
  type LambdaFunction,
  type Topology,
  type TopologyOptions,
} from '../template/topology.ts';

export type { EndOffsets } from './wait-for-commits.ts';

/** What to run, and on what. */
export interface LocalRunOptions extends MappingSettings {
  /** What to run: all of it; see `readApp`. */
  readonly app: Topology;
  /** Default: nobody listens. */
  readonly onEvent?: OnLocalEvent;
}

/** What of an app to run, and what of it is something else here. Default: all of it, as it is. */
export type AppChoice = Pick<TopologyOptions, 'format' | 'consumers' | 'variables' | 'parameters'>;

/**
 * Reads the app that `cdk synth` wrote to the folder `cdkOut`, or that a template describes, as it will be at these endpoints,
 * with its enabled mappings.
 * @throws {LocalError} `NO_CDK_OUT`, `NO_TEMPLATE`, `UNRESOLVED`, `UNSUPPORTED`, `NO_SUCH_CONSUMER` or `NO_SUCH_NAME`.
 */
export function readApp(
  cdkOut: string,
  endpoints: LocalRunOptions['endpoints'],
  choice: AppChoice = {},
): Topology {
  const { accountId, region } = endpoints;
  const queueUrl = (name: string): string => toQueueUrl(endpoints, name);
  const topology = readTopology(cdkOut, { ...choice, accountId, region, queueUrl });
  const { mappings } = topology;
  const enabled = mappings.filter((mapping) => mapping.enabled);
  if (enabled.length > 0) return { ...topology, mappings: enabled };
  throw new LocalError(
    'NO_SUCH_CONSUMER',
    mappings.length === 0
      ? `no Kafka mapping to run, got none in ${cdkOut}, expected an AWS::Lambda::EventSourceMapping with Topics, or a SAM function with an MSK or SelfManagedKafka event`
      : `no mapping to run, got ${mappings.length} that are not enabled, expected at least one that is; set Enabled`,
  );
}

/** A running app. */
export interface LocalRun {
  readonly topology: Topology;
  /** The numbers of this moment, one entry per running mapping. */
  readonly mappings: () => readonly MappingStatus[];
  /**
   * Resolves once every mapping has committed everything of its topic before these offsets.
   * @throws {LocalError} `MAPPING_STOPPED` when a mapping stops before that, `CLOSED` when the run is closed.
   */
  readonly drained: (endOffsets: EndOffsets) => Promise<void>;
  /** Closes and starts a consumer's poller, batches in flight or not. @throws {LocalError} `NO_SUCH_CONSUMER`. */
  readonly restartPoller: (consumer: string) => Promise<void>;
  /**
   * Calls a consumer's function with these records, for a person: nothing is counted, committed or sent again.
   * @throws {LocalError} `NO_SUCH_CONSUMER`.
   */
  readonly tryOnce: (consumer: string, records: readonly PolledRecord[]) => Promise<Trial>;
  /** Lets invocations from now on run another version of a function, known by its name; the mappings go on. */
  readonly replaceFunction: (fn: LambdaFunction) => void;
  /**
   * Ends a consumer's mapping and starts another one in its place, with the same group unless it says otherwise.
   * @throws {LocalError} as `startLocal`; the consumer then has no mapping.
   */
  readonly replaceMapping: (mapping: Mapping, fn: LambdaFunction) => Promise<void>;
  /** Ends a consumer's pollers and processes for good; nobody waits for its commits any more. @throws {LocalError} `NO_SUCH_CONSUMER` */
  readonly stopConsumer: (consumer: string) => Promise<void>;
  /** Ends pollers and function processes; what is in flight is not committed. A second call does nothing more. */
  readonly close: () => Promise<void>;
}

/**
 * Creates the app's buckets, queues, topics and tables at the endpoints, and starts its mappings; resolves once every
 * poller has its partitions. The broker and the endpoints stay the caller's to close, after `close()`.
 * @throws {LocalError} `NO_SUCH_CONSUMER` for a fault's, `NO_SUCH_TOPIC`, `POLLER_FAILED`. @throws {AwsResourceError} when an endpoint refuses a resource.
 */
export async function startLocal(options: LocalRunOptions): Promise<LocalRun> {
  const { app, endpoints } = options;
  const names = app.mappings.map(({ consumer }) => consumer);
  for (const { consumer } of options.faults ?? []) {
    if (consumer !== undefined) checkConsumer(consumer, names);
  }
  if (options.deployed === undefined) await createResources(app, endpoints);
  const clients = createClients(endpoints);
  const waits = createCommitWaits();
  const onEvent: OnLocalEvent = (event) => {
    options.onEvent?.(event);
    if (event.kind === 'committed' || event.kind === 'assigned' || event.kind === 'stopped') waits.check();
  };
  const places = new Map(
    app.functions.flatMap(({ name, reservedConcurrency }) => {
      // A debugger attaches to one process, and a port is for one.
      const count = options.inspect === undefined ? reservedConcurrency : 1;
      return count === undefined ? [] : [[name, createPlaces(count)] as const];
    }),
  );
  const parts = { ...options, functions: app.functions, clients, onEvent, places };
  const starts = await Promise.allSettled(
    app.mappings.map(async (mapping, index) => {
      const { inspect } = options;
      const isFree = inspect === undefined || inspect.port === 0;
      return await startMapping(
        mapping,
        isFree ? parts : { ...parts, inspect: { ...inspect, port: inspect.port + index } },
      );
    }),
  );
  const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));

  const active = [...running];
  const stops = new Map<RunningMapping, Promise<void>>();
  const stop = async (mapping: RunningMapping): Promise<void> => {
    const stopping = stops.get(mapping) ?? mapping.close();
    stops.set(mapping, stopping);
    await stopping;
  };
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    waits.close();
    await Promise.all(running.map(stop));
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
    drained: async (endOffsets) => await waits.wait(active, endOffsets),
    async restartPoller(consumer) {
      checkConsumer(consumer, names);
      const found = running.filter(({ mapping }) => mapping.consumer === consumer);
      await Promise.all(found.map(async ({ restartPoller }) => await restartPoller()));
    },
    async tryOnce(consumer, records) {
      const found = active.find(({ mapping }) => mapping.consumer === consumer);
      if (found === undefined) checkConsumer(consumer, []);
      return await (found as RunningMapping).tryOnce(records);
    },
    replaceFunction(fn) {
      for (const { mapping, replaceFunction } of active)
        if (mapping.functionName === fn.name) replaceFunction(fn);
    },
    async replaceMapping(mapping, fn) {
      const found = running.filter((each) => each.mapping.consumer === mapping.consumer);
      for (const each of found) {
        running.splice(running.indexOf(each), 1);
        if (active.includes(each)) active.splice(active.indexOf(each), 1);
      }
      await Promise.all(found.map(stop));
      const started = await startMapping(mapping, { ...parts, functions: [fn] });
      running.push(started);
      active.push(started);
    },
    async stopConsumer(consumer) {
      checkConsumer(consumer, names);
      const found = active.filter(({ mapping }) => mapping.consumer === consumer);
      for (const mapping of found) active.splice(active.indexOf(mapping), 1);
      waits.check();
      await Promise.all(found.map(stop));
    },
    close,
  };
}
