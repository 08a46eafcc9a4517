// The client of a mapping's schema registry on this machine: which service is asked, and as whom.
import type { GlueClient } from '@aws-sdk/client-glue';
import { confluentRegistry } from '../../../lib/format/registry/confluent-client.ts';
import { glueRegistry } from '../../../lib/format/registry/glue-client.ts';
import type { SchemaRegistry } from '../../../lib/format/registry/registry.ts';
import { LocalError } from '../error.ts';
import type { RegistryConfig } from '../mapping/registry-config.ts';
import { findSecret, type Secrets } from '../mapping/secrets.ts';

/** What stands in for what the template names. */
export interface RegistryStandIn {
  /** URL of a Confluent registry to ask in place of the template's. */
  readonly registryUrl: string | undefined;
  readonly secrets: Secrets | undefined;
  /** The local Glue, and the account whose registries are in it, default every one. Default none. */
  readonly glue?: { readonly client: GlueClient; readonly accountId?: string };
}

// Two tries and a pause stay within the session of a poller's group, which waits for the answer.
const timeoutMs = 1500;
const maxAttempts = 2;

/**
 * Makes the client. A registry of the app itself is in the local Glue; any other is asked for as the AWS SDK
 * finds it (`AWS_ENDPOINT_URL_GLUE`, credentials), in its ARN's Region.
 * @throws {LocalError} `BAD_SECRETS`, or `UNSUPPORTED` for a registry with client certificates or a private CA.
 */
export function createMappingRegistry(config: RegistryConfig, standIn: RegistryStandIn): SchemaRegistry {
  const { secrets, registryUrl } = standIn;
  if (config.type === 'glue') {
    const [, , , region = '', account] = config.uri.split(':');
    const { glue } = standIn;
    const own = glue !== undefined && (glue.accountId ?? account) === account ? { client: glue.client } : {};
    return glueRegistry({ region, timeoutMs, maxAttempts, ...own });
  }
  const url = registryUrl ?? config.uri;
  if (secrets === undefined) return confluentRegistry({ url, auth: () => undefined, timeoutMs, maxAttempts });
  const other = config.access.find(({ type }) => type !== 'BASIC_AUTH');
  if (other !== undefined)
    throw new LocalError(
      'UNSUPPORTED',
      `access to a schema registry is not supported locally, got ${other.type}; use BASIC_AUTH, or a registry in the clear`,
    );
  const [entry] = config.access;
  const login = entry && findSecret(secrets, entry.uri, ['username', 'password']);
  return confluentRegistry({
    url,
    auth: () => login && { type: 'basic', user: login['username'] ?? '', password: login['password'] ?? '' },
    timeoutMs,
    maxAttempts,
  });
}
