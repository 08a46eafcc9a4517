// `tailrace <command>`: finds the command, runs it, and is the only place that sets the exit code.
//
// Exit codes: 0 done and proven; 1 ran, and the result is not as it must be; 2 the command line is wrong; 3 something
// it needs is missing or failed; 4 ran, and cannot tell (soak); 130 stopped by Ctrl-C.

import { UsageError, parseOptions, toCommandHelp, toProgramHelp, type Command } from './command.ts';
import { dashboardCommand } from './dashboard/command.ts';
import { deployLocalCommand } from './deploy/command.ts';
import { planCommand } from './plan/command.ts';
import { runCommand } from './run/command.ts';
import { soakCommand } from './soak/command.ts';

const commands: readonly Command[] = [
  runCommand,
  planCommand,
  dashboardCommand,
  deployLocalCommand,
  soakCommand,
];
let stoppedAt = 0;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    process.stdout.write(toProgramHelp(commands));
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    const known = commands.map((each) => each.name).join(', ');
    return complain(
      `no such command, got ${JSON.stringify(name)}, expected ${known}; see tailrace --help`,
      2,
    );
  }
  if (rest.includes('--help')) {
    process.stdout.write(toCommandHelp(command));
    return 0;
  }
  const stop = new AbortController();
  const stopFor = (signal: NodeJS.Signals): void => onSignal(stop, signal);
  process.on('SIGINT', stopFor).on('SIGTERM', stopFor).on('SIGHUP', stopFor);
  try {
    const io = { stdout: process.stdout, stderr: process.stderr, signal: stop.signal };
    return await command.run(parseOptions(command, rest), io);
  } catch (error) {
    if (stop.signal.aborted) return 130;
    if (error instanceof UsageError) return complain(error.message, 2);
    // Errors with a code are ours and say what to do; anything else is a bug and its frames are wanted.
    const isOurs = error instanceof Error && 'code' in error && typeof error.code === 'string';
    return complain(isOurs ? error.message : ((error as Error).stack ?? String(error)), 3);
  } finally {
    process.off('SIGINT', stopFor).off('SIGTERM', stopFor).off('SIGHUP', stopFor);
  }
}

/**
 * The first signal stops in order. A later one ends the process at once; npm passes Ctrl-C on to a child that the
 * terminal has told already, so a second one within a second is the same key press.
 */
function onSignal(stop: AbortController, signal: NodeJS.Signals): void {
  if (!stop.signal.aborted) {
    stoppedAt = Date.now();
    // Whoever draws on the terminal takes that away first.
    stop.abort();
    process.stderr.write(`\ntailrace: ${signal}, stopping (again to stop at once)\n`);
  } else if (Date.now() - stoppedAt > 1000) {
    process.exit(130);
  }
}

function complain(message: string, code: number): number {
  process.stderr.write(`tailrace: ${message}\n`);
  return code;
}
