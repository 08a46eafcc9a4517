// The one way in which tools make kafkajs clients: quiet by default, with all of Kafka's codecs, and with three faults of
// kafkajs 2.2.4 and of the embedded broker put right at their cause.
import { createRequire } from 'node:module';
import kafkajs, { type Kafka, type KafkaConfig, type LogEntry } from 'kafkajs';
import { registerRecordBatchCodecs } from './record-batch-codecs.ts';
import { foldHeaders, type KafkaHeader } from './record-headers.ts';

/** One line that kafkajs wanted to print; connection trouble mostly, which it retries by itself. */
export interface KafkaLogEntry {
  readonly level: 'error' | 'warn';
  /** Part of kafkajs that speaks, as `Connection` or `Runner`. */
  readonly namespace: string;
  readonly message: string;
  /** kafkajs's own text for the error behind it, if any. */
  readonly error: string | undefined;
  /** `host:port` that it is about, if any. */
  readonly broker: string | undefined;
}

/** How a tool's kafkajs client differs from the default. */
export interface KafkaClientOptions {
  /** Takes kafkajs's warnings and errors, which are not printed. Default: dropped, since failures also reject calls. */
  readonly onLog?: (entry: KafkaLogEntry) => void;
  /** Name in broker logs; default `tailrace`. */
  readonly clientId?: string;
  /** TLS and SASL as kafkajs takes them; default: none, as all brokers that we start ourselves allow. */
  readonly security?: Pick<KafkaConfig, 'ssl' | 'sasl'>;
  /** Longest wait for a TCP connection, in milliseconds; default 3,000. */
  readonly connectionTimeoutMs?: number;
  /** Longest wait for a response, in milliseconds; default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Retries after a first failed call; default 5. */
  readonly retries?: number;
}

/**
 * Timings for every consumer of the tools, in milliseconds, as kafkajs names them. When the last member leaves a group,
 * librdkafka's mock cluster lets the next one wait for session time minus 1 s: 29 s with kafkajs's default of 30 s, 5 s
 * with these. 6 s is the least that Apache Kafka allows by default (`group.min.session.timeout.ms`).
 */
export const groupTimings: {
  readonly sessionTimeout: number;
  readonly heartbeatInterval: number;
  readonly rebalanceTimeout: number;
} = { sessionTimeout: 6_000, heartbeatInterval: 1_500, rebalanceTimeout: 30_000 };

/**
 * Makes a kafkajs instance for `bootstrapServers` (comma-separated `host:port`); connects to nothing by itself.
 */
export function createKafka(bootstrapServers: string, options: KafkaClientOptions = {}): Kafka {
  patchKafkajs();
  return new kafkajs.Kafka({
    clientId: options.clientId ?? 'tailrace',
    ...options.security,
    brokers: bootstrapServers.split(',').map((address) => address.trim()),
    connectionTimeout: options.connectionTimeoutMs ?? 3_000,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    retry: { retries: options.retries ?? 5 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => options.onLog?.(toLogEntry(entry)),
  });
}

function toLogEntry(entry: LogEntry): KafkaLogEntry {
  const { message } = entry.log;
  const error: unknown = entry.log['error'];
  const broker: unknown = entry.log['broker'];
  return {
    level: entry.level === kafkajs.logLevel.ERROR ? 'error' : 'warn',
    namespace: entry.namespace,
    message,
    error: typeof error === 'string' ? error : undefined,
    broker: typeof broker === 'string' ? broker : undefined,
  };
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

interface Decoder {
  readVarIntArray(reader: unknown): KafkaHeader[];
}

let patched = false;

// kafkajs is CommonJS without an exports map, and pinned: its inner modules are the same instances that it uses itself.
function patchKafkajs(): void {
  if (patched) return;
  patched = true;
  registerRecordBatchCodecs();
  const require = createRequire(import.meta.url);
  skipIdleThrottleTimers(require('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue });
  keepHeaderOrder(require('kafkajs/src/protocol/decoder.js') as { prototype: Decoder });
  capLeaveGroup(require('kafkajs/src/protocol/requests/leaveGroup/index.js') as { versions: string[] });
}

// After every response kafkajs 2.2.4 calls RequestQueue.scheduleCheckPendingRequests, which sets a timer of
// `throttledUntil - Date.now()` ms. Not throttled, throttledUntil is -1: a delay of minus 56 years, about which Node 24 warns
// (TimeoutNegativeWarning). It replaces that delay only while requests are pending. With none pending the timer has nothing
// to do, and push() schedules its own for a request that has to wait; so without pending requests we set none.
// https://github.com/tulios/kafkajs/issues/1751, https://github.com/tulios/kafkajs/issues/1704
function skipIdleThrottleTimers({ prototype }: { readonly prototype: RequestQueue }): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with the right `this` two lines below
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleUnlessIdle(this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}

// kafkajs 2.2.4 folds a record's headers, the only array that is read by readVarIntArray, into an object by name with
// Array.reduce. The order among names is lost, which Kafka keeps (KIP-82); and a header whose name every object inherits, such
// as `constructor`, becomes a list that begins with a function. https://github.com/tulios/kafkajs/issues/1121
function keepHeaderOrder({ prototype }: { readonly prototype: Decoder }): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with the right `this` two lines below
  const readVarIntArray = prototype.readVarIntArray;
  prototype.readVarIntArray = function readHeaderList(this: Decoder, reader: unknown): KafkaHeader[] {
    const list = readVarIntArray.call(this, reader);
    return list.length === 0 ? list : Object.assign(list, { reduce: () => foldHeaders([...list]) });
  };
}

// librdkafka 2.12's mock cluster is asked to leave in LeaveGroup version 3 and answers in the layout of versions 0-2, which
// kafkajs cannot read; the member stays until its session ends, and whoever joins next waits for that on top: 59 s
// instead of 29 s measured with kafkajs's session time (5 s with groupTimings). Version 3 only adds leaving for several
// static members at once, which kafkajs never does. Source: librdkafka, rdkafka_mock_handlers.c.
function capLeaveGroup(leaveGroup: { versions: string[] }): void {
  leaveGroup.versions = leaveGroup.versions.filter((version) => Number(version) <= 2);
}
