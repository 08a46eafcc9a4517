// A client of the Confluent Schema Registry's HTTP API, which Karapace, Redpanda and Apicurio speak, too: schemas by id,
// with what they refer to. Caching is schema-cache.ts's: this file asks each time.
// Source: https://docs.confluent.io/platform/current/schema-registry/develop/api.html

import { FormatError } from '../format-error.ts';
import { markOurs } from '../format.ts';
import { createHttpClient, type HttpClient, type RegistryAuth } from './http-client.ts';
import { isUuid } from './uuid.ts';
import { RegistryError, type DataFormat, type RegisteredSchema, type SchemaRegistry } from './registry.ts';

/** Where a registry is and how it is asked. Nothing here is secret: a definition is read at synth time, too. */
export interface ConfluentRegistryOptions {
  /** Default: the environment variable `TAILRACE_SCHEMA_REGISTRY_URL`, read at the first fetch. */
  readonly url?: string;
  /**
   * Gives the credentials, asked anew for each schema that is fetched, so that rotated ones are found. Default: the
   * environment variable `TAILRACE_SCHEMA_REGISTRY_BASIC_AUTH` (`user:password`) or `TAILRACE_SCHEMA_REGISTRY_TOKEN`;
   * without either none are sent.
   */
  readonly auth?: () => RegistryAuth | undefined | Promise<RegistryAuth | undefined>;
  /** How long one request may take, and `auth` before it, 1..60000 ms. Default 3000. */
  readonly timeoutMs?: number;
  /** Requests for one document, the first included, 1..10. Default 3. */
  readonly maxAttempts?: number;
}

interface Reference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

interface SchemaDocument {
  readonly schema: string;
  readonly schemaType: DataFormat;
  readonly references: readonly Reference[];
}

type References = Map<string, string>;
/** Asks for a document; `what` it is stands in the dead letter. */
type Ask = (path: string, what: string) => Promise<SchemaDocument>;

// More than any real schema has, and a bound for one that refers to itself in circles.
const maxReferences = 200;

/**
 * A Confluent Schema Registry, asked by HTTP when its first schema is needed.
 *
 * @throws TypeError at once when `url` is no http(s) URL or holds credentials; RangeError for a number out of range
 */
export function confluentRegistry(options: ConfluentRegistryOptions = {}): SchemaRegistry {
  const { timeoutMs = 3000, maxAttempts = 3 } = options;
  inRange('timeoutMs', timeoutMs, 60_000);
  inRange('maxAttempts', maxAttempts, 10);
  if (options.url !== undefined) toBase(options.url);
  const http = createHttpClient({
    toBase: () => toBase(options.url ?? fromEnvironment()),
    toAuth: options.auth ?? authFromEnvironment,
    timeoutMs,
    maxAttempts,
  });
  return markOurs({
    name: 'the schema registry',
    async fetchSchema(id, isProbe = false): Promise<RegisteredSchema> {
      const ask: Ask = (path, what) => fetchDocument(http, path, { what, isProbe });
      const path = isUuid(id) ? `schemas/guids/${id}` : `schemas/ids/${encodeURIComponent(id)}`;
      const document = await ask(path, `schema id ${id}`);
      const texts: References = new Map();
      await addReferences(ask, document.references, texts);
      const references = [...texts].map(([name, text]) => ({ name, text }));
      return { id, dataFormat: document.schemaType, text: document.schema, references };
    },
  });
}

/** Adds what `references` name, each after what it refers to itself. */
async function addReferences(
  ask: Ask,
  references: readonly Reference[],
  texts: References,
  open: readonly string[] = [],
): Promise<void> {
  for (const { name, subject, version } of references) {
    if (texts.has(name) || open.includes(name)) continue;
    if (texts.size + open.length >= maxReferences)
      throw new FormatError('INVALID_SCHEMA', `schema refers to over ${maxReferences} others; split it`);
    const path = `subjects/${encodeURIComponent(subject)}/versions/${version}`;
    const document = await ask(path, `version ${version} of ${subject}, which it refers to,`);
    await addReferences(ask, document.references, texts, [...open, name]);
    texts.set(name, document.schema);
  }
}

async function fetchDocument(
  http: HttpClient,
  path: string,
  { what, isProbe }: { readonly what: string; readonly isProbe: boolean },
): Promise<SchemaDocument> {
  const { status, body } = await http.get(path, isProbe);
  if (status === 200) return parseDocument(body);
  // 40401 subject, 40402 version, 40403 schema: the registry itself says no. A 404 without such a code comes from
  // something else, such as a proxy or a wrong path, and says nothing about the schema.
  const code = isObject(body) ? body['error_code'] : undefined;
  if (status === 404 && typeof code === 'number' && code >= 40_401 && code <= 40_403) {
    throw new FormatError(
      'UNKNOWN_SCHEMA',
      `a schema is not in the schema registry, got error ${code}, expected a schema; ` +
        'the dead letter names it; check that the producer registers with this registry',
      // Bytes that are no framing at all may have been read as the id: it is payload, and no part of a message.
      [what],
    );
  }
  throw new RegistryError(
    'REGISTRY_UNAVAILABLE',
    `the schema registry gave no schema, got status ${status}, expected 200; check its URL`,
  );
}

function parseDocument(body: unknown): SchemaDocument {
  if (isObject(body) && typeof body['schema'] === 'string') {
    const { schema } = body;
    const schemaType = body['schemaType'] ?? 'AVRO'; // absent or null, as some servers write what is not there
    const references = body['references'] ?? [];
    if (Array.isArray(references) && references.every(isReference))
      return { schema, schemaType: schemaType as DataFormat, references };
  }
  throw new RegistryError(
    'REGISTRY_UNAVAILABLE',
    'the schema registry gave no schema, got a document without one, expected one; check its URL',
  );
}

function isReference(value: unknown): value is Reference {
  return (
    isObject(value) &&
    typeof value['name'] === 'string' &&
    typeof value['subject'] === 'string' &&
    Number.isSafeInteger(value['version'])
  );
}

function toBase(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    throw new TypeError('schema registry URL is not one, expected http://... or https://...');
  // Not shown: it may be where the password is.
  if (parsed.username !== '' || parsed.password !== '')
    throw new TypeError('schema registry URL holds credentials, expected none; give them by auth()');
  if (!parsed.pathname.endsWith('/')) parsed.pathname += '/';
  return parsed;
}

function fromEnvironment(): string {
  const url = process.env['TAILRACE_SCHEMA_REGISTRY_URL'];
  if (url) return url;
  throw new RegistryError(
    'REGISTRY_UNAVAILABLE',
    'the schema registry has no URL, got neither url nor TAILRACE_SCHEMA_REGISTRY_URL, expected one of them; set it',
  );
}

function authFromEnvironment(): RegistryAuth | undefined {
  const { TAILRACE_SCHEMA_REGISTRY_BASIC_AUTH: basic, TAILRACE_SCHEMA_REGISTRY_TOKEN: token } = process.env;
  if (basic) {
    const colon = basic.indexOf(':');
    if (colon > 0) return { type: 'basic', user: basic.slice(0, colon), password: basic.slice(colon + 1) };
    throw new RegistryError(
      'REGISTRY_DENIED',
      'TAILRACE_SCHEMA_REGISTRY_BASIC_AUTH is malformed, expected user:password',
    );
  }
  return token ? { type: 'bearer', token } : undefined;
}

function inRange(name: string, value: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > max)
    throw new RangeError(`${name} of the schema registry is out of range, got ${value}, expected 1..${max}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
