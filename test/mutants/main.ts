// The command line of `npm run mutants`; the only file of it that ends the process.
import { parseOptions, UsageError } from '../../tools/command.ts';
import { toCommandHelp } from '../../tools/command-help.ts';
import { watchParent } from '../../tools/parent-process.ts';
import { mutantsCommand } from './command.ts';

const args = process.argv.slice(2);
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
watchParent(() => stop.abort());

try {
  if (args.includes('--help')) process.stdout.write(toCommandHelp(mutantsCommand));
  else {
    const io = { stdout: process.stdout, stderr: process.stderr, signal: stop.signal };
    process.exitCode = await mutantsCommand.run(parseOptions(mutantsCommand, args), io);
  }
} catch (error) {
  process.exitCode = stop.signal.aborted ? 130 : error instanceof UsageError ? 2 : 3;
  const isOurs = error instanceof Error && 'code' in error;
  if (!stop.signal.aborted)
    process.stderr.write(`mutants: ${isOurs ? error.message : String((error as Error).stack ?? error)}\n`);
}
