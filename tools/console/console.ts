// The web console of a run: a reader of its events, and a page on 127.0.0.1. It never delays a run, and whatever fails in it costs the run
// one line.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { createKafka } from '../broker/kafka-client.ts';
import type { LocalEvent } from '../local/events.ts';
import type { Mapping } from '../local/mapping/mapping.ts';
import type { LocalRun } from '../local/run.ts';
import type { Session } from '../run/session/session.ts';
import type { Topology } from '../template/topology.ts';
import { keepAddress, newAddress, readAddress } from './server/address.ts';
import { createApi } from './server/api.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createHistory } from './history/history.ts';
import { createRecordReader } from './records/record-reader.ts';
import { createSeries } from './history/series.ts';
import { startConsoleServer, type Api } from './server/server.ts';
import { createStream } from './server/stream.ts';
import type { ConsumerInfo, Refusals, RunInfo } from './wire.ts';

/** What a console is of. */
export interface ConsoleOptions {
  readonly command: RunInfo['command'];
  readonly session: Session;
  readonly refusals: Refusals;
  /** Whether the person's browser is opened. */
  readonly opens: boolean;
}

/** A console, up until `close()`. */
export interface Console {
  /** Lines for the terminal: the address, or why there is none. */
  readonly lines: readonly string[];
  readonly onEvent: (event: LocalEvent) => void;
  /** From now on consumers are another app's. */
  readonly know: (app: Topology) => void;
  /** From now on there are consumers at work, whose functions can be invoked at `invokeUrl` too, where that is given. */
  readonly follow: (local: LocalRun, invokeUrl?: string) => void;
  readonly close: () => Promise<void>;
}

/** A console for those who want none. */
export const noConsole: Console = {
  lines: [],
  onEvent: () => {},
  know: () => {},
  follow: () => {},
  close: () => Promise.resolve(),
};

const sampleMs = 1000;

/** What a page may not do in a run that proves something, or on a Kafka that is only read. */
export function toRefusals({
  proves,
  isReadOnly,
}: {
  readonly proves: boolean;
  readonly isReadOnly: boolean;
}): Refusals {
  const proof =
    'this run proves that nothing is lost, and a record more would spoil the proof; use tailrace dev, or --records 0';
  return {
    send: isReadOnly ? 'topics of --brokers are only read' : proves ? proof : null,
    runAgain: proves ? proof : null,
  };
}

/** Opens the console; never throws. */
export async function openConsole(options: ConsoleOptions): Promise<Console> {
  try {
    return await open(options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ...noConsole, lines: [`no console: ${why}`] };
  }
}

async function open({ command, session, refusals, opens }: ConsoleOptions): Promise<Console> {
  const { project, broker } = session;
  const parts = new AsyncDisposableStack();
  const stop = new AbortController();
  const run = randomUUID();
  const startedAt = Date.now();
  const history = createHistory();
  const series = createSeries();
  let { app } = session;
  let local: LocalRun | undefined;
  let invokeUrl: string | undefined;

  const kafka = createKafka(broker.bootstrapServers, {
    clientId: 'tailrace-console',
    ...(broker.security !== undefined && { security: broker.security }),
  });
  const topics = [...new Set(app.mappings.map(({ topic }) => topic))];
  const reader = createRecordReader(kafka, topics, broker.kind === 'external');
  parts.defer(reader.close);
  const stream = createStream(
    (since) => ({ at: Date.now(), run, consumers: series.read(since), history: history.state() }),
    reader.warm,
  );
  const info = (): RunInfo => ({
    command,
    project: basename(project),
    startedAt,
    kafka: `${{ embedded: 'embedded Kafka', apache: 'Apache Kafka', external: 'Kafka' }[broker.kind]} at ${broker.bootstrapServers}`,
    refusals,
    redrivesTo: invokeUrl === undefined ? ['topic'] : ['topic', 'function'],
    consumers: app.mappings.map((mapping) => toConsumerInfo(mapping, app)),
  });
  const api = createApi({
    info,
    project,
    history,
    series,
    kafka,
    reader,
    deadLetters: createDeadLetters({ session, kafka, app: () => app, invokeUrl: () => invokeUrl }),
    local: () => local,
    openStream: stream.open,
    signal: stop.signal,
  });
  const url = await listen(project, api, parts);
  const timer = setInterval(() => {
    if (local !== undefined) series.sample(local.mappings(), Math.floor(Date.now() / 1000));
    stream.tick();
  }, sampleMs);
  timer.unref();
  parts.defer(() => clearInterval(timer));
  if (opens) openBrowser(url);
  return {
    lines: [`console: ${url}`],
    onEvent(event) {
      history.note(event);
      series.note(event);
    },
    know(next) {
      app = next;
    },
    follow(running, url) {
      local = running;
      invokeUrl = url;
    },
    async close() {
      stop.abort();
      stream.close('the runner has ended');
      await parts.disposeAsync();
    },
  };
}

/** Listens where the project's console was last, and gives the address with the token. */
async function listen(project: string, api: Api, parts: AsyncDisposableStack): Promise<string> {
  const known = await readAddress(project);
  const { port: wanted, token } = known ?? newAddress(project);
  const server = await startConsoleServer({ port: wanted, token, api });
  parts.defer(server.close);
  // A second run of a project does not take its address away from the first.
  if (known === undefined) await keepAddress(project, { port: server.port, token });
  // Behind the #, it is in no request and in no log of one.
  return `http://127.0.0.1:${server.port}/#token=${token}`;
}

function toConsumerInfo(mapping: Mapping, { functions }: Topology): ConsumerInfo {
  const fn = functions.find(({ name }) => name === mapping.functionName);
  const { onFailure } = mapping;
  return {
    consumer: mapping.consumer,
    topic: mapping.topic,
    group: mapping.consumerGroupId,
    functionName: mapping.functionName,
    memoryMb: fn?.memoryMb ?? 0,
    timeoutSeconds: fn?.timeoutSeconds ?? 0,
    batchSize: mapping.batchSize,
    windowMs: mapping.windowMs,
    maximumRetryAttempts: mapping.maximumRetryAttempts,
    bisect: mapping.bisect,
    onFailure:
      onFailure === undefined ? null : `${onFailure.type} ${onFailure.arn.split(/[:/]/).at(-1) ?? ''}`,
  };
}

/** Asks the desktop to open the address; without one, it is printed all the same. */
function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['explorer.exe', url]
        : ['xdg-open', url];
  const child = spawn(command ?? 'xdg-open', args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
