// The deployment from start to end: the local AWS, the steps of the story, the traffic through what is deployed, and one
// line for each. Whatever was started is closed on every way out.

import { createClients } from '../aws/clients.ts';
import type { BrokerError } from '../broker/broker.ts';
import { startEmbeddedBroker } from '../broker/embedded.ts';
import type { CommandIo } from '../command.ts';
import { toPrintable } from '../terminal/printable.ts';
import { toAmount } from '../terminal/table.ts';
import type { Topology } from '../template/topology.ts';
import type { RunOptions } from '../run/options.ts';
import { toJson, toSummary } from '../run/screen/summary.ts';
import type { RunResult } from '../run/verdict/verdict.ts';
import { runTraffic } from '../run/run.ts';
import { openScreen, type Screen } from '../run/screen/screen.ts';
import type { Session } from '../run/session/session.ts';
import { createDeployedHost } from './deployed-host.ts';
import { findProject } from '../run/synth.ts';
import { startEmulator } from './emulator.ts';
import {
  bootstrap,
  deploy,
  deployAgain,
  destroy,
  invokeAll,
  prepareAssemblies,
  update,
  type Finding,
  type Stage,
} from './deploy-steps.ts';

/** One step of a deployment, and how it went. */
export interface DeployStep extends Finding {
  readonly name: string;
  readonly durationMs: number;
}

/** How a deployment went; this is also the document that `--json` prints. */
export interface DeployResult {
  /** Whether every step is as it must be. */
  readonly isProven: boolean;
  readonly steps: readonly DeployStep[];
  /** How many resources of each type are left out, because the local AWS cannot do them. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly traffic: RunResult;
}

/**
 * Deploys, uses, updates and destroys the app here; the number is the exit code: 0 all as it must be, 1 not.
 *
 * @throws DeployError, PythonToolError, BrokerError, LocalError; the signal's reason when it ends the run
 */
export async function runDeployment(options: RunOptions, io: CommandIo): Promise<number> {
  const out = options.json ? io.stderr : io.stdout;
  await using parts = new AsyncDisposableStack();
  const screen = openScreen(out, options);
  parts.defer(() => screen.close());
  screen.line('starting MiniStack');
  const { signal } = io;
  const emulator = await startEmulator({ onProgress: (message) => screen.line(message), signal });
  parts.defer(() => emulator.close());
  screen.line(`MiniStack at ${emulator.url}`);
  const clients = createClients(emulator);
  parts.defer(() => clients.close());
  const onLine = (line: string): void => {
    if (options.logs !== 'none') screen.line(screen.style.dim(`cdk | ${line}`));
  };
  const failed = Promise.race([emulator.failed, whenAborted(signal)]);
  // A command of the CDK would wait long for an AWS that is gone.
  const stop = new AbortController();
  failed.catch((error: unknown) => stop.abort(error));
  const cdk = { environment: emulator.environment, folder: emulator.folder, signal: stop.signal, onLine };
  const telling = tell({ emulator, clients, cdk }, { options, screen, failed });
  let result: DeployResult;
  try {
    result = await Promise.race([telling, failed]);
  } finally {
    // Without it nothing that is still under way can last.
    await emulator.close();
    await telling.catch(() => {});
  }
  screen.close();
  if (options.json) io.stdout.write(`${toJson(result)}\n`);
  else out.write(`${toPrintable(toLines(result, screen).join('\n'))}\n`);
  return result.isProven ? 0 : 1;
}

interface Telling {
  readonly options: RunOptions;
  readonly screen: Screen;
  readonly failed: Promise<never>;
}

async function tell(stage: Stage, { options, screen, failed }: Telling): Promise<DeployResult> {
  const steps: DeployStep[] = [];
  const step = async <F extends Finding>(name: string, run: () => Promise<F>): Promise<F> => {
    const { style } = screen;
    screen.line(style.dim(`   ${name} …`));
    const startedAt = performance.now();
    const finding = await run();
    const durationMs = Math.round(performance.now() - startedAt);
    steps.push({ name, isOk: finding.isOk, detail: finding.detail, durationMs });
    const mark = finding.isOk ? style.good('ok') : style.bad('NO');
    screen.line(`${mark} ${name.padEnd(9)} ${finding.detail}  ${style.dim(`${toSeconds(durationMs)} s`)}`);
    return finding;
  };
  const [assemblies] = await Promise.all([
    prepareAssemblies(stage, options.cdkOut),
    step('bootstrap', () => bootstrap(stage)),
  ]);
  const { app: before } = await step('deploy', () => deploy(stage, assemblies.first));
  await step('invoke', () => invokeAll(stage, before, (event) => screen.onEvent(event)));
  const { app } = await step('update', () => update(stage, assemblies.second, before));
  await step('no change', () => deployAgain(stage, assemblies.second));
  const { traffic } = await step('traffic', () => sendTraffic(stage, app, { options, screen, failed }));
  await step('destroy', () => destroy(stage, assemblies.second, app));
  return {
    isProven: steps.every(({ isOk }) => isOk),
    steps,
    leftOut: countEach(assemblies.leftOut),
    traffic,
  };
}

/** Records from a real broker through the deployed functions, read back from where they landed. */
async function sendTraffic(
  { emulator, clients, cdk }: Stage,
  app: Topology,
  { options, screen, failed }: Telling,
): Promise<Finding & { readonly traffic: RunResult }> {
  const brokerFailure = Promise.withResolvers<never>();
  brokerFailure.promise.catch(() => {});
  const onFailure = (error: BrokerError): void => brokerFailure.reject(error);
  const broker = await startEmbeddedBroker({ onFailure });
  try {
    const session: Session = {
      broker,
      endpoints: emulator,
      clients,
      app,
      adopt: async (given) => await Promise.resolve(given),
      project: findProject(),
      close: () => broker.close(),
    };
    const traffic = await runTraffic({
      options,
      session,
      screen,
      signal: cdk.signal,
      ended: Promise.race([failed, brokerFailure.promise]),
      deployed: (fn, onLog) => createDeployedHost(emulator.url, fn, onLog),
    });
    const landed = traffic.consumers.map(
      ({ account }) => `${account.consumer} ${account.processed} + ${account.deadLettered}`,
    );
    return {
      traffic,
      isOk: traffic.isProven,
      detail: `${toAmount(traffic.produced, 'record')}, processed + dead-lettered: ${landed.join(', ')}`,
    };
  } finally {
    await broker.close();
  }
}

function toLines(result: DeployResult, { style }: Screen): readonly string[] {
  const leftOut = Object.entries(result.leftOut).map(([type, count]) => `${count} ${type}`);
  return [
    ...toSummary(result.traffic, style),
    ...(leftOut.length > 0 ? [style.dim(`left out, MiniStack cannot do them: ${leftOut.join(', ')}`)] : []),
    result.isProven
      ? style.good('deployed, used, updated and destroyed')
      : style.bad('failed: see the lines marked NO'),
  ];
}

function countEach(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words.toSorted()) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function toSeconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
