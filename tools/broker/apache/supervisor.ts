// The process between us and the Java machine: it runs the broker until its stdin closes, then stops it and removes its
// folder. A Java machine that runs Kafka's own main class notices nothing of a parent that was killed; this process does,
// and as the leader of a process group of its own it neither gets the terminal's Ctrl-C nor dies with our group.
// Started by process.ts with the broker's folder as its argument, never imported.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SupervisorPlan } from './process.ts';

const folder = process.argv[2] ?? '';
const plan = JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8')) as SupervisorPlan;
let java: ChildProcess | undefined;
let isStopping = false;
// Exit codes from here on tell of a signal; Java, too, ends with 143 after SIGTERM.
const signalled = 128;

function stop(): void {
  if (isStopping) return;
  isStopping = true;
  java?.kill('SIGTERM');
  setTimeout(() => java?.kill('SIGKILL'), plan.stopTimeoutMs).unref();
}

// A pipe whose other end is gone, even by SIGKILL of the parent, ends.
process.stdin.on('close', stop).resume();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);

let code = 0;
for (const args of plan.commands) {
  if (isStopping || code !== 0) break;
  const isBroker = args === plan.commands.at(-1);
  do code = await run(args, isBroker);
  while (mayRevive(args, code));
}
await rm(folder, { recursive: true, force: true });
process.exit(isStopping ? 0 : code);

function mayRevive(args: readonly string[], code: number): boolean {
  return plan.revives === true && args === plan.commands.at(-1) && !isStopping && code >= signalled;
}

async function run(args: readonly string[], isBroker: boolean): Promise<number> {
  // Both outputs go to our stderr: stdout is for what the parent has to know.
  java = spawn(plan.java, args, { stdio: ['ignore', 2, 2] });
  const exited = once(java, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  if (isBroker) process.stdout.write(`broker ${java.pid}\n`);
  const [status, signal] = await exited;
  return signal === null ? (status ?? 1) : signalled;
}
