// What a command that runs an app may be told about its console.
import { UsageError, type OptionSpec, type OptionValues } from '../command.ts';

/** `open`: served, and the person's browser is led there. */
export type ConsoleChoice = 'none' | 'serve' | 'open';

/** The options, as commands list them. */
export const consoleOptions: Readonly<Record<'open' | 'no-console', OptionSpec>> = {
  open: { kind: 'flag', summary: 'opens the web console in the browser' },
  'no-console': { kind: 'flag', summary: 'does not start the web console' },
};

/** Reads them. @throws UsageError `USAGE` for both */
export function toConsoleChoice(values: OptionValues): ConsoleChoice {
  const opens = values['open'] === true;
  if (values['no-console'] !== true) return opens ? 'open' : 'serve';
  if (opens) throw new UsageError('--open and --no-console exclude each other, got both, expected one');
  return 'none';
}
