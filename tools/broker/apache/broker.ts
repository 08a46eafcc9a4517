// Apache Kafka itself, as a broker of ours: one KRaft node on the local Java machine, its data in a temporary folder.
// It keeps everything, creates topics on request and speaks TLS and SASL, which the embedded broker does not.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createTemporaryFolder } from '../../temporary-folder.ts';
import { BrokerError, type Broker } from '../broker.ts';
import { createKafka } from '../kafka-client.ts';
import { scramMechanisms, writeConfiguration, type SecureListeners } from './configuration.ts';
import { installApacheKafka, type ApacheInstallation, type InstallOptions } from './installation.ts';
import { findFreePorts } from './ports.ts';
import { startBrokerProcess, type BrokerProcess } from './process.ts';

/** How to start Apache Kafka. */
export interface ApacheBrokerOptions extends InstallOptions {
  /** Whether to open listeners with TLS, mutual TLS and SASL as well; default false. */
  readonly secure?: boolean;
  /** Largest heap of the Java machine, in MB; default 512. */
  readonly heapMb?: number;
  /** Longest wait for its first answer, in milliseconds, without fetching it; default 90,000. */
  readonly startTimeoutMs?: number;
  /** Folder that keeps its data, topics and committed offsets, for the next start. Default: one that is gone after `close()`. */
  readonly dataFolder?: string;
  /** Whether it comes back, with its data and at its ports, after somebody has killed its Java machine; default false. */
  readonly revives?: boolean;
  /** Called once if the broker dies before `close()`; its records are lost with it. Default: clients see it themselves. */
  readonly onFailure?: (error: BrokerError) => void;
}

/** Apache Kafka in a Java machine of ours. */
export interface ApacheBroker extends Broker {
  readonly kind: 'apache';
  /** Version of Kafka, such as `4.4.0`. */
  readonly version: string;
  /** Operating system's id of the Java machine, of the latest one if it has been revived. */
  readonly processId: number;
  /** Folder of its settings, and of its data unless that is kept; gone after `close()`. */
  readonly folder: string;
  /** The listeners that need more than an address; undefined unless asked for with `secure`. */
  readonly secure: SecureListeners | undefined;
}

interface Start {
  readonly installation: ApacheInstallation;
  readonly heapMb: number;
  readonly timeoutMs: number;
  readonly isSecure: boolean;
  readonly revives: boolean;
  readonly dataFolder: string | undefined;
  readonly signal: AbortSignal | undefined;
}

type Started = Omit<ApacheBroker, 'close' | 'kind' | 'processId'> & { readonly process: BrokerProcess };

const maxTries = 3;
const stopTimeoutMs = 5_000;

/**
 * Starts Apache Kafka and resolves once it answers (5 to 10 s on two busy cores; the first time ever, Maven fetches it).
 * It dies with this process, however that ends.
 * @throws {BrokerError} `BROKER_TOOLS_MISSING` without Java 17 or Maven, `BROKER_FAILED` when it does not start in time.
 * @throws the signal's reason when it aborts meanwhile
 */
export async function startApacheBroker(options: ApacheBrokerOptions = {}): Promise<ApacheBroker> {
  const { signal, onFailure, heapMb = 512, startTimeoutMs = 90_000 } = options;
  const installation = await installApacheKafka(options);
  const start = {
    installation,
    heapMb,
    timeoutMs: startTimeoutMs,
    isSecure: options.secure === true,
    revives: options.revives === true,
    dataFolder: options.dataFolder,
    signal,
  };
  const { process: broker, ...started } = await startOnFreePorts(start);
  let isClosing = false;
  const watch = async (): Promise<void> => {
    await broker.ended;
    if (isClosing) return;
    const { bootstrapServers } = started;
    const message = `Apache Kafka ended early; start again${broker.tail()}`;
    onFailure?.(new BrokerError('BROKER_FAILED', message, { bootstrapServers }));
  };
  void watch();
  return {
    kind: 'apache',
    ...started,
    get processId() {
      return broker.processId() ?? 0;
    },
    async close() {
      isClosing = true;
      await broker.close();
    },
  };
}

// Between our look at the ports and the broker's, somebody else may take one; the broker says so and ends.
async function startOnFreePorts(start: Start): Promise<Started> {
  const lockDeadline = Date.now() + stopTimeoutMs * 3;
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(start);
    } catch (error) {
      start.signal?.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      if (tries < maxTries && /Address already in use|BindException/.test(reason)) continue;
      // A run that was killed leaves its broker a few seconds to stop.
      if (Date.now() < lockDeadline && /Failed to acquire lock/.test(reason)) continue;
      throw new BrokerError(
        'BROKER_FAILED',
        `Apache Kafka ${start.installation.version} did not start: ${reason}`,
        { cause: error },
      );
    }
  }
}

async function startOnce({
  installation,
  heapMb,
  timeoutMs,
  isSecure,
  revives,
  dataFolder,
  signal,
}: Start): Promise<Started> {
  const { path: folder } = await createTemporaryFolder('kafka');
  const [controller = 0, plaintext = 0, tls = 0, mtls = 0, sasl = 0] = await findFreePorts(isSecure ? 5 : 2);
  const ports = { controller, plaintext, ...(isSecure && { secure: { tls, mtls, sasl } }) };
  const bootstrapServers = `127.0.0.1:${plaintext}`;
  const until = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
  let broker: BrokerProcess | undefined;
  try {
    const secure = await writeConfiguration(folder, ports, dataFolder);
    const isFormatted = dataFolder !== undefined && existsSync(join(dataFolder, 'meta.properties'));
    const all = toCommands(folder, { installation, heapMb, secure });
    const commands = isFormatted ? all.slice(-1) : all;
    broker = await startBrokerProcess(folder, {
      java: installation.java,
      commands,
      stopTimeoutMs,
      revives,
    });
    await waitUntilReady(bootstrapServers, broker, until);
    return { version: installation.version, folder, bootstrapServers, secure, process: broker };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // Closed before its last words are read: they may still be under way.
    await (broker?.close() ?? rm(folder, { recursive: true, force: true }));
    throw new Error(`${reason}${broker?.tail() ?? ''}`, { cause: error });
  }
}

// Two runs of Java: Kafka's own tool formats the storage, which is also the only way to have SCRAM users from the start.
function toCommands(
  folder: string,
  {
    installation,
    heapMb,
    secure,
  }: { installation: ApacheInstallation; heapMb: number; secure: SecureListeners | undefined },
): string[][] {
  const file = join(folder, 'server.properties');
  const java = [
    `-Xmx${heapMb}m`,
    '-XX:+UseSerialGC',
    // Only the quick compiler: on two busy cores the broker is up after 6 s instead of 11.
    '-XX:TieredStopAtLevel=1',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-cp',
    installation.classPath,
  ];
  const clusterId = randomBytes(16).toString('base64url');
  const users = (secure === undefined ? [] : scramMechanisms).flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${secure?.user},password=${secure?.password}]`,
  ]);
  return [
    // With an equals sign, since one id in 64 begins with a dash.
    [...java, 'kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '--config', file, ...users],
    [...java, 'kafka.Kafka', file],
  ];
}

/** Resolves when Kafka answers there and coordinates groups, so that nobody's first consumer finds it half awake. */
async function waitUntilReady(
  bootstrapServers: string,
  broker: BrokerProcess,
  until: AbortSignal,
): Promise<void> {
  const giveUp = (): void => void broker.close();
  until.addEventListener('abort', giveUp, { once: true });
  let last: unknown;
  try {
    while (!(await isReady())) {
      if (until.aborted) throw new Error(`not ready at ${bootstrapServers} in time: ${String(last)}`);
      if (broker.isEnded()) throw new Error('its process ended');
      await delay(50);
    }
  } finally {
    until.removeEventListener('abort', giveUp);
  }

  async function isReady(): Promise<boolean> {
    const admin = createKafka(bootstrapServers, { clientId: 'tailrace-check', retries: 0 }).admin();
    try {
      await broker.started;
      await admin.connect();
      await admin.listGroups(); // the one read-only request before which kafkajs learns of the brokers
      // Makes Kafka create the topic of the groups' offsets; refused until that has a leader.
      await admin.fetchOffsets({ groupId: 'tailrace-check' });
      return true;
    } catch (error) {
      last = error; // most likely just not yet
      return false;
    } finally {
      await admin.disconnect();
    }
  }
}
