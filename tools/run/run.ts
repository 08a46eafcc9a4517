// The main job from start to proof: start everything, produce, wait until all is committed, read everything back, sum
// up. Whatever was started is closed on every way out.

import type { Denial } from '../aws/permissions/guard.ts';
import { createResources } from '../aws/resources.ts';
import type { BrokerError } from '../broker/broker.ts';
import type { CommandIo } from '../command.ts';
import { noConsole, openConsole, toRefusals, type Console } from '../console/console.ts';
import { toPrintable } from '../terminal/printable.ts';
import { toAmount } from '../terminal/table.ts';
import type { LocalEvent } from '../local/events.ts';
import type { CreateHost } from '../local/sandbox/host/function-host.ts';
import { chooseMemoryCap } from '../local/sandbox/memory/memory-cap.ts';
import { startLocal, type LocalRun } from '../local/run.ts';
import { createFailFast, type Hopelessness } from './verdict/fail-fast.ts';
import type { RunOptions } from './options.ts';
import { limitHeapGrowth } from './heap-growth.ts';
import { openProof, type Proof } from './verdict/proof.ts';
import { frameTraffic, type RegistryTraffic } from './traffic/registry-traffic.ts';
import { toDeniedLine, toFindingLine, toStartLines } from './screen/report.ts';
import { toJson, toSummary } from './screen/summary.ts';
import { openScreen, type Screen } from './screen/screen.ts';
import { startSession, type Session } from './session/session.ts';
import type { Assembly } from './synth.ts';
import { planTraffic } from './traffic/traffic-plan.ts';
import { createTraffic, type Traffic } from './traffic/traffic.ts';
import {
  findMissedFaults,
  toExitCode,
  toRunVerdict,
  type ConsumerResult,
  type RunResult,
} from './verdict/verdict.ts';

/**
 * Runs the main job on `assembly`; the number is the exit code.
 *
 * With `watch`, and where nothing is sent, the signal ends the run in order, and the summary follows; else it breaks it off.
 *
 * @throws SynthError, BrokerError, LocalError, TrafficError; the signal's reason when it breaks the run off
 */
export async function run(options: RunOptions, assembly: Promise<Assembly>, io: CommandIo): Promise<number> {
  limitHeapGrowth();
  const out = options.json ? io.stderr : io.stdout;
  await using parts = new AsyncDisposableStack();
  const screen = openScreen(out, options);
  parts.defer(() => screen.close());
  screen.line(
    options.cdkOut === undefined
      ? 'synthesizing the app, starting Kafka and AWS endpoints'
      : `starting ${options.cdkOut}`,
  );

  const brokerFailure = Promise.withResolvers<never>();
  // What ends the run from outside. Nobody may be waiting for it at the moment it happens.
  const ended = Promise.race([brokerFailure.promise, isEndless(options) ? never() : whenAborted(io.signal)]);
  ended.catch(() => {});

  const onBrokerFailure = (error: BrokerError): void => brokerFailure.reject(error);
  const onProgress = (message: string): void => screen.line(message);
  const session = await startSession({
    ...options,
    assembly,
    onBrokerFailure,
    onDenied: (denial) => screen.line(screen.style.bad(toDeniedLine(denial))),
    onProgress,
    signal: io.signal,
  });
  parts.defer(() => session.close());
  io.signal.throwIfAborted();
  const page =
    options.console === 'none'
      ? noConsole
      : await openConsole({
          command: 'run',
          session,
          refusals: toRefusals({
            proves: !(options.sends === 'nothing' && options.traffic.length === 0),
            isReadOnly: session.broker.kind === 'external' && !options.rights.produces,
          }),
          opens: options.console === 'open',
        });
  parts.defer(page.close);
  for (const line of [...toStartLines(session, chooseMemoryCap()), ...page.lines]) screen.line(line);

  const result = await runTraffic({ options, session, screen, page, signal: io.signal, ended });
  screen.close();
  if (options.json) io.stdout.write(`${toJson(result)}\n`);
  else out.write(`${toPrintable(toSummary(result, screen.style).join('\n'))}\n`);
  return result.exitCode;
}

/** Whether a run goes on until it is told to end. */
function isEndless({ watch, sends, traffic }: RunOptions): boolean {
  return watch || (sends === 'nothing' && traffic.length === 0);
}

/** What traffic goes through. */
export interface TrafficRun {
  readonly options: RunOptions;
  readonly session: Session;
  readonly screen: Screen;
  /** Default: none. */
  readonly page?: Console;
  /** Ends the traffic; what was produced is still carried through. */
  readonly signal: AbortSignal;
  /** Rejects when the run must end. */
  readonly ended: Promise<never>;
  /** Calls the functions where they are deployed. Default: in sandboxes here. */
  readonly deployed?: CreateHost;
}

/**
 * Sends the traffic through the session's consumers, and reads back what landed.
 *
 * @throws BrokerError, LocalError, TrafficError; the reason of `ended`
 */
export async function runTraffic(parts: TrafficRun): Promise<RunResult> {
  const { options, session, screen, signal, deployed } = parts;
  const { app, broker } = session;
  screen.know(app);
  await using registries = await toRegistryTraffic(parts);
  const { plans, registryUrl = session.registryUrl, isGlueLocal } = registries;
  for (const { line } of plans) screen.line(line);
  const traffic = createTraffic(plans, broker, { recordsPerSecond: options.rate });
  // What the proof reads back must be there before anything is written to it.
  if (deployed === undefined) await createResources(app, session.endpoints);
  const proof = await openProof(session, traffic, options.minShare);
  const work = watchWork(parts, { traffic, proof });
  // Joining a group takes an embedded broker three seconds, so records are produced meanwhile; but not when a consumer
  // starts at the end of its topic, and would miss them.
  const canStartEarly = app.mappings.every(({ startingPosition }) => startingPosition === 'TRIM_HORIZON');
  const early = canStartEarly ? traffic.produce(signal) : undefined;
  early?.catch(() => {});
  const local = await startLocal({
    ...session,
    ...(registryUrl !== undefined && { registryUrl }),
    isGlueLocal,
    faults: options.faults,
    pollerScalingMs: options.pollerScalingMs,
    ...(options.inspect && { inspect: options.inspect }),
    onEvent: work.onEvent,
    ...(deployed && { deployed }),
  });
  work.follow(local);
  parts.page?.follow(local);
  try {
    screen.follow({ statuses: local.mappings, produced: traffic.produced });
    await carry({ ...parts, local, traffic, production: early ?? traffic.produce(signal) });
    const { stopped, faults } = work;
    const consumers = await Promise.race([
      proof.close(local.mappings(), { stopped, failures: screen.failures }),
      parts.ended,
    ]);
    const denied = (await session.denials?.()) ?? [];
    return toResult(parts, { consumers, produced: traffic.produced(), faults, denied });
  } finally {
    await local.close();
  }
}

/** What is sent, planned; behind the prefixes of registries where mappings read by them. */
async function toRegistryTraffic({
  options,
  session,
}: TrafficRun): Promise<Omit<RegistryTraffic, 'close'> & AsyncDisposable> {
  const { app, broker, clients } = session;
  const plans = await planTraffic(options, app.mappings, session.project);
  // Whoever names a registry or a broker of theirs has schemas there, which nobody adds to.
  if (broker.kind === 'external' || session.registryUrl !== undefined)
    return { plans, registryUrl: undefined, isGlueLocal: false, [Symbol.asyncDispose]: async () => {} };
  const { close, ...framed } = await frameTraffic(plans, app.mappings, clients.glue);
  return { ...framed, [Symbol.asyncDispose]: close };
}

interface Work {
  readonly onEvent: (event: LocalEvent) => void;
  /** From now on a consumer that does none of its work can be stopped. */
  readonly follow: (local: LocalRun) => void;
  readonly stopped: ReadonlyMap<string, Hopelessness>;
  /** Faults that have happened, as `kind:consumer`. */
  readonly faults: ReadonlySet<string>;
}

/** Hands events to all who need them, and stops a consumer that does none of its work. */
function watchWork(
  { options, screen, page }: TrafficRun,
  { traffic, proof }: { readonly traffic: Traffic; readonly proof: Proof },
): Work {
  const failFast = createFailFast({ stopsCalls: !isEndless(options) });
  const stopped = new Map<string, Hopelessness>();
  const faults = new Set<string>();
  const started = Promise.withResolvers<LocalRun>();
  const onEvent = (event: LocalEvent): void => {
    traffic.onEvent(event);
    proof.note(event);
    screen.onEvent(event);
    page?.onEvent(event);
    if (event.kind === 'fault') faults.add(`${event.fault}:${event.consumer}`);
    const finding = failFast.note(event);
    if (finding === undefined) return;
    const { consumer, what, stops } = finding;
    screen.line(screen.style.bad(toFindingLine(finding, screen.failures.of(consumer))));
    if (!stops) return;
    stopped.set(consumer, what);
    traffic.giveUp(consumer);
    // A run that is being closed at this moment stops it anyway.
    void started.promise.then((local) => local.stopConsumer(consumer)).catch(() => {});
  };
  return { onEvent, follow: started.resolve, stopped, faults };
}

function toResult(
  { options, screen }: TrafficRun,
  found: {
    readonly consumers: readonly ConsumerResult[];
    readonly produced: number;
    readonly faults: ReadonlySet<string>;
    readonly denied: readonly Denial[];
  },
): RunResult {
  const { consumers, produced, faults, denied } = found;
  const verdict = toRunVerdict(consumers);
  const missedFaults = findMissedFaults(
    options.faults,
    consumers.map(({ status }) => status),
    faults,
  );
  return {
    verdict,
    isProven: verdict === 'proven' && missedFaults.length === 0,
    exitCode: toExitCode(verdict, missedFaults),
    produced,
    seed: options.seed,
    minShare: options.minShare,
    ...screen.times(),
    missedFaults,
    denied,
    consumers,
  };
}

/** The traffic through the consumers, until all of it is committed; without any, until the run is told to end. */
async function carry({
  local,
  traffic,
  production,
  screen,
  signal,
  ended,
}: TrafficRun & {
  readonly local: LocalRun;
  readonly traffic: Traffic;
  readonly production: Promise<void>;
}): Promise<void> {
  if (!traffic.isAny) {
    screen.line('running until Ctrl-C');
    await Promise.race([whenAborted(signal).catch(() => {}), ended]);
    return;
  }
  await Promise.race([production, ended]);
  screen.line(`${toAmount(traffic.produced(), 'record')} produced, waiting until all are committed`);
  await Promise.race([local.drained(traffic.endOffsets()), ended]);
  screen.line('all committed, reading back what landed');
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    if (signal.aborted) fail();
    signal.addEventListener('abort', fail, { once: true });
  });
}
