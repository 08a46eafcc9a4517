// What `send` is asked for: the command line's words, checked and resolved.
import { toSecurityOptions } from '../broker/broker-options.ts';
import type { SecurityOptions } from '../broker/broker-security.ts';
import type { OptionValues } from '../command.ts';
import type { Packing } from '../traffic/packing.ts';

/** What `send` is asked for; every field is resolved. */
export interface SendOptions {
  /** A consumer's name, or a topic's. */
  readonly target: string;
  /** A file of records, `-` for standard input. */
  readonly file: string;
  /** undefined: the broker of the `dev` that runs in this project. */
  readonly brokers: string | undefined;
  readonly security: SecurityOptions;
  readonly compression: Packing;
  /** The id of the value's schema, where the value's format is framed. */
  readonly schemaId: string | undefined;
  /** Whether records that the definition would not read are sent all the same. */
  readonly isUnchecked: boolean;
  readonly json: boolean;
}

/** Resolves the command line's options. */
export function toSendOptions(values: OptionValues): SendOptions {
  const text = (name: string): string | undefined => values[name] as string | undefined;
  return {
    target: String(values['target']),
    file: text('file') ?? '-',
    brokers: text('brokers'),
    security: toSecurityOptions(values),
    compression: (text('compression') ?? 'none') as Packing,
    schemaId: text('schema-id'),
    isUnchecked: values['unchecked'] === true,
    json: values['json'] === true,
  };
}
