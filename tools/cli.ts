// `tailrace <command>`: finds the command, runs it, and is the only place that sets the exit code (exit-code.ts).

import { readFileSync } from 'node:fs';
import { UsageError, parseOptions, type Command } from './command.ts';
import { toCommandHelp, toProgramHelp } from './command-help.ts';
import { commands } from './commands.ts';
import { exitCode } from './exit-code.ts';
import { watchParent } from './parent-process.ts';
import { toPrintable } from './terminal/printable.ts';

const stop = new AbortController();
let stoppedAt = 0;
let isPipeClosed = false;

for (const stream of [process.stdout, process.stderr]) stream.on('error', onStreamError);
const code = await main(process.argv.slice(2));
process.exitCode = isPipeClosed ? exitCode.closedPipe : code;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    process.stdout.write(toProgramHelp(commands));
    return name === undefined ? exitCode.usage : exitCode.ok;
  }
  if (name === '--version') {
    process.stdout.write(`${readVersion()}\n`);
    return exitCode.ok;
  }
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    const known = commands.map((each) => each.name).join(', ');
    const problem = `no such command, got ${JSON.stringify(name)}, expected ${known}; see tailrace --help`;
    return complain(problem, exitCode.usage);
  }
  if (rest.includes('--help')) {
    process.stdout.write(toCommandHelp(command));
    return exitCode.ok;
  }
  return await runCommandLine(command, rest);
}

function readVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
  return version;
}

async function runCommandLine(command: Command, args: readonly string[]): Promise<number> {
  process.on('SIGINT', stopFor).on('SIGTERM', stopFor).on('SIGHUP', stopFor);
  const unwatch = watchParent(() => stopFor('the parent process has ended'));
  try {
    const io = { stdout: process.stdout, stderr: process.stderr, signal: stop.signal };
    return await command.run(parseOptions(command, args), io);
  } catch (error) {
    if (stop.signal.aborted) return exitCode.stopped;
    if (error instanceof UsageError) return complain(error.message, exitCode.usage);
    // Errors with a code are ours and say what to do; anything else is a bug and its frames are wanted.
    const isOurs = error instanceof Error && 'code' in error && typeof error.code === 'string';
    return complain(isOurs ? error.message : ((error as Error).stack ?? String(error)), exitCode.failed);
  } finally {
    unwatch();
    process.off('SIGINT', stopFor).off('SIGTERM', stopFor).off('SIGHUP', stopFor);
  }
}

/**
 * The first reason stops in order. A later one ends the process at once; npm passes Ctrl-C on to a child that the
 * terminal has told already, so a second one within a second is the same key press.
 */
function stopFor(reason: string): void {
  if (!stop.signal.aborted) {
    stoppedAt = Date.now();
    // Whoever draws on the terminal takes that away first.
    stop.abort();
    process.stderr.write(`\ntailrace: ${reason}, stopping (again to stop at once)\n`);
  } else if (Date.now() - stoppedAt > 1000) {
    process.exit(exitCode.stopped);
  }
}

/** A reader that has closed its end, as `| head` does, wants no more: what runs is stopped, without a word. */
function onStreamError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
  isPipeClosed = true;
  stop.abort();
}

function complain(message: string, failure: number): number {
  process.stderr.write(`tailrace: ${toPrintable(message)}\n`);
  return failure;
}
