// A Kafka that needs nothing but Node: librdkafka's mock cluster in a child process, in memory, on 127.0.0.1. It
// creates topics on first use (4 partitions), answers no CreateTopics, and keeps about 5 MB per partition.
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { BrokerError, type Broker } from './broker.ts';

/** How to start the embedded broker. */
export interface EmbeddedBrokerOptions {
  /** Longest wait for its address, in milliseconds; default 10,000. */
  readonly startTimeoutMs?: number;
  /** Called once if the broker dies before `close()`; its records are lost with it. Default: clients see it themselves. */
  readonly onFailure?: (error: BrokerError) => void;
}

/**
 * Bytes of record batches that the embedded broker keeps per partition before it drops the oldest batch: 5 MiB
 * (librdkafka, `rdkafka_mock.c`, `max_size`; of batches of 64 KiB it was seen to keep 79). Producers that run
 * further ahead of a consumer than this lose records.
 */
export const embeddedRetentionBytes: number = 5 * 1024 * 1024;

/** Partitions of every topic on the embedded broker (librdkafka's default for its mock cluster). */
export const embeddedPartitions: number = 4;

/** The embedded broker: a Kafka cluster in a child process of ours. */
export interface EmbeddedBroker extends Broker {
  readonly kind: 'embedded';
  /** Operating system's id of its process, for reports. */
  readonly processId: number;
}

type BrokerProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts the embedded broker and resolves once it listens (typically 0.2 s).
 * It dies with this process, however that ends.
 * @throws {BrokerError} `BROKER_FAILED` when the process ends or stays silent within the time limit.
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions = {}): Promise<EmbeddedBroker> {
  // The native logger would prefer RUST_LOG over our level, and then the address might never be printed.
  const { RUST_LOG: _ignored, TAILRACE_BROKER_ADDON: addon, ...rest } = process.env;
  // Set by the published command line where npm has left the addon out.
  const env = addon === undefined ? rest : { ...rest, NAPI_RS_NATIVE_LIBRARY_PATH: addon };
  const script = fileURLToPath(new URL('embedded-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'pipe'], env });
  const tail = keepTail(child);
  let closing = false;
  let bootstrapServers: string;
  try {
    bootstrapServers = await readAddress(child, options.startTimeoutMs ?? 10_000);
  } catch (error) {
    child.kill('SIGKILL');
    const reason = error instanceof Error ? error.message : String(error);
    throw new BrokerError('BROKER_FAILED', `the embedded broker did not start: ${reason}${tail()}`, {
      cause: error,
    });
  }
  child.once('exit', (code, signal) => {
    if (closing) return;
    const message = `the embedded broker ended early, got ${signal ?? `exit code ${code}`}; start again${tail()}`;
    options.onFailure?.(new BrokerError('BROKER_FAILED', message, { bootstrapServers }));
  });
  return {
    kind: 'embedded',
    bootstrapServers,
    processId: child.pid ?? 0, // always set once a process has spoken
    async close() {
      closing = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      // Nothing to save in there, and librdkafka's orderly teardown takes up to seconds with clients still connected.
      child.kill('SIGKILL');
      await exited;
    },
  };
}

// The line is `... Mock cluster enabled: original bootstrap.servers ... replaced with 127.0.0.1:44413`; librdkafka prints
// it once the sockets listen. Reading it works wherever Node does, unlike the list of listening ports in /proc.
async function readAddress(child: BrokerProcess, timeoutMs: number): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no address after ${timeoutMs} ms`));
    }, timeoutMs);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      act();
    };
    // Attached for the child's life: an undrained pipe would fill up and block its native threads.
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = /replaced with ((?:127\.0\.0\.1:\d+,?)+)/.exec(line)?.[1];
      if (address !== undefined) settle(() => resolve(address));
    });
    child.once('error', (error) => {
      settle(() => reject(error));
    });
    child.once('exit', (code, signal) => {
      settle(() => reject(new Error(`its process ended with ${signal ?? `exit code ${code}`}`)));
    });
  });
}

// The last words of the child, for the error message; in normal life it prints nothing there.
function keepTail(child: BrokerProcess): () => string {
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > 10) lines.shift();
  });
  return () => (lines.length === 0 ? '' : `\n${lines.join('\n')}`);
}
