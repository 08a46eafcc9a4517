// What a handler reads from its environment, once, while it loads: a wrong setting stops the function at its start,
// with the variable's name, instead of failing record after record.

import { EnvironmentError } from '../lib/index.ts';

/** A handler's environment, by default the process's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable is set to something that the handler cannot work with. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  readonly code = 'INVALID_ENVIRONMENT';
  readonly variable: string;

  constructor(variable: string, got: string, expected: string) {
    super(
      `environment variable ${variable} is not usable, got ${JSON.stringify(got)}, expected ${expected}; ` +
        'correct it where the function is defined',
    );
    this.variable = variable;
  }
}

/**
 * The value of a variable that must be set; `purpose` says what it names.
 *
 * @throws EnvironmentError `MISSING_ENVIRONMENT` when it is not set or empty
 */
export function requireSetting(
  variable: string,
  purpose: string,
  environment: Environment = process.env,
): string {
  const value = environment[variable];
  if (!value) throw new EnvironmentError(variable, purpose);
  return value;
}
