// A mapping's SchemaRegistryConfig: by which registry its poller reads keys or values, and what it makes of them.
import { readAccess, type AccessConfiguration } from './access-configuration.ts';
import type { Refuse } from './mapping-check.ts';

/** The registry of one mapping. */
export interface RegistryConfig {
  readonly type: 'confluent' | 'glue';
  /** URL of a Confluent registry, ARN of a Glue one. */
  readonly uri: string;
  /** `JSON`: the decoded record as JSON text; `SOURCE`: the record's bytes without the registry's prefix. */
  readonly recordFormat: 'JSON' | 'SOURCE';
  /** 1..2; the other parts of a record pass untouched. */
  readonly attributes: readonly ('KEY' | 'VALUE')[];
  readonly access: readonly AccessConfiguration[];
}

const maxUriChars = 10_000;

/** Reads a `SchemaRegistryConfig`; undefined without one. */
export function readRegistry(config: unknown, refuse: Refuse): RegistryConfig | undefined {
  if (config === undefined || config === null) return undefined;
  const settings = config as Readonly<Record<string, unknown>>;
  const { SchemaRegistryURI: uri } = settings;
  if (typeof uri !== 'string' || uri.length > maxUriChars)
    return refuse(
      'SchemaRegistryURI is not valid, got none or a long one',
      `expected a text of at most ${maxUriChars}`,
    );
  const isGlue = /^arn:[\w-]+:glue:/.test(uri);
  if (!(isGlue || /^https?:\/\//.test(uri)))
    refuse(
      `SchemaRegistryURI is not valid, got ${JSON.stringify(uri)}`,
      "expected a URL or a Glue registry's ARN",
    );
  const recordFormat = settings['EventRecordFormat'];
  if (recordFormat !== 'JSON' && recordFormat !== 'SOURCE')
    return refuse(
      `EventRecordFormat is not valid, got ${JSON.stringify(recordFormat)}`,
      'expected JSON or SOURCE',
    );
  const validations = settings['SchemaValidationConfigs'] ?? [];
  if (!Array.isArray(validations))
    return refuse(
      `SchemaValidationConfigs is not a list, got ${JSON.stringify(validations)}`,
      'expected KEY, VALUE or both',
    );
  const attributes = validations.map((each) =>
    readAttribute((each as { readonly Attribute?: unknown } | null)?.Attribute, refuse),
  );
  if (attributes.length === 0 || new Set(attributes).size < attributes.length)
    refuse(
      `SchemaValidationConfigs is not valid, got ${attributes.length} attributes`,
      'expected KEY, VALUE or both',
    );
  const access = readAccess(settings['AccessConfigs'], refuse);
  return { type: isGlue ? 'glue' : 'confluent', uri, recordFormat, attributes, access };
}

function readAttribute(attribute: unknown, refuse: Refuse): 'KEY' | 'VALUE' {
  if (attribute === 'KEY' || attribute === 'VALUE') return attribute;
  return refuse(
    `attribute of SchemaValidationConfigs is not valid, got ${JSON.stringify(attribute)}`,
    'expected KEY or VALUE',
  );
}
