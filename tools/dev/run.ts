// `tailrace dev`: the app on a real Kafka and local AWS endpoints until Ctrl-C, its functions replaced as their sources are saved.
import { resolve } from 'node:path';
import { createResources, toQueueUrl } from '../aws/resources.ts';
import type { BrokerError } from '../broker/broker.ts';
import type { CommandIo } from '../command.ts';
import { noConsole, openConsole, toRefusals } from '../console/console.ts';
import { exitCode } from '../exit-code.ts';
import { readApp, startLocal } from '../local/run.ts';
import { limitHeapGrowth } from '../run/heap-growth.ts';
import { toDeniedLine } from '../run/screen/report.ts';
import { openScreen, type Screen } from '../run/screen/screen.ts';
import { startSession, type Session } from '../run/session/session.ts';
import { findProject, synthesize, toAssembly, type Assembly } from '../run/synth.ts';
import type { DevOptions } from './options.ts';
import { planSeedTraffic } from './seed-traffic.ts';
import { createReloader, type SynthesizedApp } from './reload.ts';
import { startInvokeApi } from './invoke.ts';
import { readDevState, writeDevState } from './state-file.ts';
import { watch } from './watch.ts';

/** Runs until Ctrl-C. @throws SynthError, BrokerError, LocalError */
export async function run(options: DevOptions, io: CommandIo): Promise<number> {
  limitHeapGrowth();
  const project = options.project === undefined ? findProject() : resolve(options.project);
  await using parts = new AsyncDisposableStack();
  const screen = openScreen(io.stdout, options);
  parts.defer(() => screen.close());
  const brokerFailure = Promise.withResolvers<never>();
  brokerFailure.promise.catch(() => {});
  const make = async (): Promise<Assembly> =>
    options.cdkOut === undefined ? await synthesize(io.signal, project) : toAssembly(resolve(options.cdkOut));
  screen.line(options.cdkOut === undefined ? `synthesizing ${project}` : `reading ${options.cdkOut}`);
  const session = await startSession({
    ...options,
    assembly: make(),
    onBrokerFailure: (error: BrokerError) => brokerFailure.reject(error),
    onDenied: (denial) => screen.line(screen.style.bad(toDeniedLine(denial))),
    onProgress: (message) => screen.line(message),
    signal: io.signal,
  });
  parts.defer(async () => await session.close());
  io.signal.throwIfAborted();
  screen.know(session.app);
  const seeds =
    options.seedTraffic === undefined ? undefined : await planSeedTraffic(options.seedTraffic, session);
  parts.defer(async () => await seeds?.close());
  const page =
    options.console === 'none'
      ? noConsole
      : await openConsole({
          command: 'dev',
          session,
          refusals: toRefusals({ proves: false, isReadOnly: session.broker.kind === 'external' }),
          opens: options.console === 'open',
        });
  parts.defer(page.close);
  const local = await startLocal({
    ...session,
    ...seeds?.registries,
    ...(options.inspect && { inspect: options.inspect }),
    onEvent: (event) => {
      seeds?.onEvent(event);
      screen.onEvent(event);
      page.onEvent(event);
    },
  });
  parts.defer(async () => await local.close());
  const api = await startInvokeApi(session.app.functions, {
    endpoints: session.endpoints,
    onLog: (fn) => (stream, line) => {
      const consumer = fn.environment['POWERTOOLS_SERVICE_NAME'] ?? fn.name;
      screen.onEvent({ kind: 'log', consumer, stream, line });
    },
  });
  parts.defer(api.close);
  page.follow(local, api.url);
  const other = await readDevState(project);
  if (other !== undefined)
    screen.line(
      `another tailrace dev runs in this project, process ${other.pid}; tailrace send reaches this one until it ends`,
    );
  parts.defer(await writeDevState(project, toState(session, api.url)));
  screen.follow({ statuses: local.mappings, ...(seeds && { produced: seeds.produced }) });
  for (const line of [...toStartLines(session), ...page.lines]) screen.line(line);

  if (options.watch) {
    const reloader = createReloader({
      local: api.follow(local),
      endpoints: session.endpoints,
      first: session.app,
      synthesize: async () => await readAgain(await make(), session, options),
      createResources: async (app) => {
        await createResources(app, session.endpoints);
        screen.know(app);
        page.know(app);
      },
      onLine: (line) => screen.line(screen.style.good(line)),
      onError: (line) => screen.line(screen.style.bad(line)),
      signal: io.signal,
    });
    parts.defer(async () => await reloader.close());
    const change = async (paths: readonly string[]): Promise<void> => {
      await reloader.change(paths).catch((error: unknown) => tell(screen, error));
      watching.add(reloader.sources());
    };
    const watching = await watch(project, (paths) => void change(paths));
    parts.defer(async () => await watching.close());
    watching.add(reloader.sources());
    screen.line(`watching ${project}; Ctrl-C ends`);
  }
  for (const line of seeds?.lines ?? []) screen.line(line);
  const stopSending = new AbortController();
  const sending = seeds
    ?.produce(AbortSignal.any([io.signal, stopSending.signal]))
    .catch((error: unknown) => tell(screen, error));
  parts.defer(async () => {
    stopSending.abort();
    await sending;
  });
  await Promise.race([whenAborted(io.signal), brokerFailure.promise]);
  return exitCode.ok;
}

async function readAgain(
  { folder, remove }: Assembly,
  { endpoints, adopt }: Session,
  { consumers, variables, parameters }: DevOptions,
): Promise<SynthesizedApp> {
  try {
    const app = readApp(folder, endpoints, {
      ...(consumers.length > 0 && { consumers }),
      variables,
      parameters,
    });
    return { app: await adopt(app), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function toState(
  { broker, endpoints, app }: Session,
  invokeUrl: string,
): Parameters<typeof writeDevState>[1] {
  const failures = app.mappings.flatMap(({ onFailure }) => onFailure ?? []);
  const buckets = [
    ...app.functions.flatMap(({ environment }) => environment['TAILRACE_DEAD_LETTER_BUCKET'] ?? []),
    ...failures.flatMap((each) => (each.type === 's3' ? each.bucket : [])),
  ];

  return {
    pid: process.pid,
    bootstrapServers: broker.bootstrapServers,
    environment: { ...endpoints.environment, AWS_ENDPOINT_URL_LAMBDA: invokeUrl },
    consumers: app.mappings.map(({ consumer, topic, functionName }) => ({ consumer, topic, functionName })),
    deadLetters: {
      buckets: [...new Set(buckets)],
      queueUrls: [
        ...new Set(
          failures.flatMap((each) => (each.type === 'sqs' ? toQueueUrl(endpoints, each.queue) : [])),
        ),
      ],
      topics: [...new Set(failures.flatMap((each) => (each.type === 'kafka' ? each.topic : [])))],
    },
  };
}

function toStartLines({ broker, endpoints, app }: Session): readonly string[] {
  const [first] = app.mappings;
  return [
    `Kafka at ${broker.bootstrapServers}; AWS at ${endpoints.environment['AWS_ENDPOINT_URL'] ?? ''} (AWS_ENDPOINT_URL for the AWS CLI), DynamoDB at ${endpoints.environment['AWS_ENDPOINT_URL_DYNAMODB'] ?? ''}`,
    ...app.mappings.map(({ consumer, topic }) => `${consumer} reads ${topic}`),
    ...(first === undefined
      ? []
      : [`send records: npx tailrace send ${first.consumer} records.ndjson; see npx tailrace send --help`]),
  ];
}

function tell(screen: Screen, error: unknown): void {
  screen.line(screen.style.bad(error instanceof Error ? (error.stack ?? error.message) : String(error)));
}

async function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
}
