// `tailrace dev`: the app on a real Kafka and local AWS endpoints until Ctrl-C, its functions replaced as their sources are saved.
import { resolve } from 'node:path';
import { createResources } from '../aws/resources.ts';
import type { BrokerError } from '../broker/broker.ts';
import type { CommandIo } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { readApp, startLocal } from '../local/run.ts';
import { openScreen, type Screen } from '../run/screen.ts';
import { startSession, type Session } from '../run/session.ts';
import { findProject, synthesize, toAssembly, type Assembly } from '../run/synth.ts';
import type { DevOptions } from './options.ts';
import { createReloader, type SynthesizedApp } from './reload.ts';
import { writeDevState } from './state-file.ts';
import { watch } from './watch.ts';

/** Runs until Ctrl-C. @throws SynthError, BrokerError, LocalError */
export async function run(options: DevOptions, io: CommandIo): Promise<number> {
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
    onProgress: (message) => screen.line(message),
    signal: io.signal,
  });
  parts.defer(async () => await session.close());
  io.signal.throwIfAborted();
  screen.know(session.app);
  const local = await startLocal({
    ...session,
    ...(options.inspect && { inspect: options.inspect }),
    onEvent: (event) => screen.onEvent(event),
  });
  parts.defer(async () => await local.close());
  parts.defer(await writeDevState(project, toState(session)));
  screen.follow({ statuses: local.mappings, produced: () => 0 });
  for (const line of toStartLines(session)) screen.line(line);

  if (options.watch) {
    const reloader = createReloader({
      local,
      endpoints: session.endpoints,
      first: session.app,
      synthesize: async () => await readAgain(await make(), session, options),
      createResources: async (app) => {
        await createResources(app, session.endpoints);
        screen.know(app);
      },
      onLine: (line) => screen.line(screen.style.good(line)),
      onError: (line) => screen.line(screen.style.bad(line)),
      signal: io.signal,
    });
    parts.defer(async () => await reloader.close());
    const watching = await watch(
      project,
      (paths) => void reloader.change(paths).catch((error: unknown) => tell(screen, error)),
    );
    parts.defer(async () => await watching.close());
    screen.line(`watching ${project}; Ctrl-C ends`);
  }
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

function toState({ broker, endpoints, app }: Session): Parameters<typeof writeDevState>[1] {
  return {
    pid: process.pid,
    bootstrapServers: broker.bootstrapServers,
    environment: endpoints.environment,
    consumers: app.mappings.map(({ consumer, topic }) => ({ consumer, topic })),
  };
}

function toStartLines({ broker, endpoints, app }: Session): readonly string[] {
  const [first] = app.mappings;
  return [
    `Kafka at ${broker.bootstrapServers}; AWS at ${endpoints.environment['AWS_ENDPOINT_URL'] ?? ''} (AWS_ENDPOINT_URL for the AWS CLI), DynamoDB at ${endpoints.environment['AWS_ENDPOINT_URL_DYNAMODB'] ?? ''}`,
    ...app.mappings.map(({ consumer, topic }) => `${consumer} reads ${topic}`),
    ...(first === undefined
      ? []
      : [`send it a record: echo '{"value":{}}' | tailrace send ${first.consumer}`]),
  ];
}

function tell(screen: Screen, error: unknown): void {
  screen.line(screen.style.bad(error instanceof Error ? (error.stack ?? error.message) : String(error)));
}

async function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
}
