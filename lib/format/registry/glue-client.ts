// The AWS Glue Schema Registry as a source of schemas, through the SDK that Lambda provides. It is loaded with the first
// schema: at start it would cost every cold start over 100 ms.

import type { GlueClient } from '@aws-sdk/client-glue';
import { FormatError } from '../format-error.ts';
import { markOurs } from '../format.ts';
import { RegistryError, type DataFormat, type RegisteredSchema, type SchemaRegistry } from './registry.ts';

/** A client of AWS SDK v3, such as a `GlueClient`: its type is not named, as not every app has that package installed. */
export interface GlueSender {
  send(command: unknown, options?: unknown): Promise<unknown>;
}

/** How Glue is asked. Credentials are the function's own; it needs `glue:GetSchemaVersion`. */
export interface GlueRegistryOptions {
  /** Default: the function's own region. */
  readonly region?: string;
  /** A client of your own, for another endpoint or other credentials. Default: one is made with the first schema. */
  readonly client?: GlueSender;
  /** How long one request may take, in ms. Default 3000. */
  readonly timeoutMs?: number;
  /** Requests for one schema, the first included. Default 3. */
  readonly maxAttempts?: number;
}

const unknownErrors: ReadonlySet<string> = new Set(['EntityNotFoundException', 'InvalidInputException']);
const deniedErrors: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'ExpiredTokenException',
  'InvalidSignatureException',
  'CredentialsProviderError',
]);

/** The Glue Schema Registry of the function's account. */
export function glueRegistry(options: GlueRegistryOptions = {}): SchemaRegistry {
  const { region, timeoutMs = 3000, maxAttempts = 3 } = options;
  // By how often they ask: one for each, and nearly always only the first.
  const clients = new Map<number, GlueClient>();
  return markOurs({
    name: 'the Glue Schema Registry',
    async fetchSchema(id, isProbe = false): Promise<RegisteredSchema> {
      const { GetSchemaVersionCommand, GlueClient } = await import('@aws-sdk/client-glue');
      const attempts = isProbe ? 1 : maxAttempts;
      const client =
        (options.client as GlueClient | undefined) ??
        clients.get(attempts) ??
        new GlueClient({
          ...(region !== undefined && { region }),
          maxAttempts: attempts,
          requestHandler: {
            connectionTimeout: timeoutMs,
            requestTimeout: timeoutMs,
            throwOnRequestTimeout: true,
          },
        });
      clients.set(attempts, client);
      try {
        const command = new GetSchemaVersionCommand({ SchemaVersionId: id });
        const { SchemaDefinition: text, DataFormat: dataFormat } = await client.send(command);
        if (text !== undefined) return { id, dataFormat: dataFormat as DataFormat, text, references: [] };
      } catch (error) {
        throw toError(id, error);
      }
      throw toError(id, undefined);
    },
  });
}

function toError(id: string, error: unknown): FormatError | RegistryError {
  const name = error instanceof Error ? error.name : 'an answer without a schema';
  if (unknownErrors.has(name)) {
    return new FormatError(
      'UNKNOWN_SCHEMA',
      `a schema version is not in the Glue Schema Registry, got ${name}, expected a schema; ` +
        "the dead letter names it; check the account and region of the producer's registry",
      // Bytes that are no framing at all may have been read as the id: it is payload, and no part of a message.
      [`schema version id ${id}`],
    );
  }
  if (deniedErrors.has(name)) {
    return new RegistryError(
      'REGISTRY_DENIED',
      `the Glue Schema Registry refuses the function, got ${name}, expected a schema; ` +
        'grant glue:GetSchemaVersion; its records are delivered again',
      { cause: error },
    );
  }
  return new RegistryError(
    'REGISTRY_UNAVAILABLE',
    `the Glue Schema Registry does not answer, got ${name}, expected a schema; its records are delivered again`,
    { cause: error },
  );
}
