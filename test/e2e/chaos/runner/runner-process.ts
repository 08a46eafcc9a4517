// The local runner as a process of its own, so that it can be killed, and so that its memory is its own. Started by
// runner.ts with its settings as an argument; ends in order when its parent hangs up.
import { setTimeout as delay } from 'node:timers/promises';
import { readApp, startLocal, type LocalRun } from '../../../../tools/local/run.ts';
import type { LocalEvent } from '../../../../tools/local/events.ts';
import type { RunnerMessage, RunnerReport, RunnerSettings } from './runner.ts';
import { createUnderWay } from './under-way.ts';

const endWithinMs = 20_000;
const settings = JSON.parse(process.argv[2] ?? '') as RunnerSettings;
const sandboxes = new Set<number>();
const invocations: Record<string, number> = {};
let report: Omit<RunnerReport, 'invocations' | 'sandboxes'> = {
  redelivered: 0,
  lost: 0,
  warnings: 0,
  lastWarning: '',
};
let local: LocalRun | undefined;
let isEnding = false;

const warn = (message: string): void => {
  report = { ...report, warnings: report.warnings + 1, lastWarning: message };
};
const send = (message: RunnerMessage): void => {
  if (process.connected) process.send?.(message);
};
const tell = (): void => send({ report: { ...report, invocations, sandboxes: [...sandboxes] } });
const underWay = createUnderWay((partition) => local?.mappings()[0]?.committed[partition] ?? 0);
const end = async (): Promise<void> => {
  if (isEnding) return;
  isEnding = true;
  clearInterval(timer);
  // Whoever started this process may be gone: nothing that hangs may keep it.
  setTimeout(() => process.exit(1), endWithinMs).unref();
  await local?.close();
  process.exit(0);
};
// The terminal's Ctrl-C comes here, too; the parent decides.
process.on('SIGINT', () => {}).on('SIGTERM', () => {});
process.on('disconnect', () => void end());
process.on('message', (message) => {
  if (message === 'restart-pollers') void local?.restartPoller('chaos');
});
const timer = setInterval(tell, 250);

while (local === undefined) {
  local = await start();
}

/** Undefined, after a while, if broker or endpoints are down at this moment. */
async function start(): Promise<LocalRun | undefined> {
  const { endpoints, bootstrapServers, cdkOut } = settings;
  try {
    const app = readApp(cdkOut, endpoints);
    return await startLocal({ app, broker: { bootstrapServers }, endpoints, backoffMs: 100, onEvent });
  } catch (error) {
    warn(error instanceof Error ? error.message : String(error));
    await delay(500);
    return undefined;
  }
}

function onEvent(event: LocalEvent): void {
  const change = underWay(event);
  if (change !== undefined) send({ underWay: change });
  if (event.kind === 'warning') warn(event.message);
  else if (event.kind === 'lost') report = { ...report, lost: report.lost + event.to - event.from };
  else if (event.kind === 'log') {
    const id = /^sandbox (\d+)$/.exec(event.line)?.[1];
    if (id !== undefined) sandboxes.add(Number(id));
  } else if (event.kind === 'invocation') {
    invocations[event.status] = (invocations[event.status] ?? 0) + 1;
    report = { ...report, redelivered: report.redelivered + event.redelivered };
  }
}
