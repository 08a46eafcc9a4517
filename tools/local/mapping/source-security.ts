// How a mapping's poller enters a cluster, out of its SourceAccessConfigurations and the secrets that they name.
// Source: AWS Lambda guide, "Configuring cluster authentication methods".
import type { KafkaConfig, SASLOptions } from 'kafkajs';
import { networkTypes, type AccessConfiguration } from './access-configuration.ts';
import { LocalError } from '../error.ts';
import { findSecret, type Secrets } from './secrets.ts';

/** TLS and SASL as kafkajs takes them. */
export type Security = Pick<KafkaConfig, 'ssl' | 'sasl'>;

const saslMechanisms = {
  BASIC_AUTH: 'plain',
  SASL_SCRAM_256_AUTH: 'scram-sha-256',
  SASL_SCRAM_512_AUTH: 'scram-sha-512',
} as const;

/**
 * What a poller needs for these entries; all of them work over TLS, as AWS knows no SASL without it.
 * @throws {LocalError} `BAD_SECRETS`, or `UNSUPPORTED` for OAuth and IAM.
 */
export function toSecurity(access: readonly AccessConfiguration[], secrets: Secrets): Security {
  let sasl: SASLOptions | undefined;
  const tls: { ca?: string; cert?: string; key?: string; passphrase?: string } = {};
  for (const { type, uri } of access) {
    if (networkTypes.has(type)) continue;
    if (type === 'SERVER_ROOT_CA_CERTIFICATE') {
      tls.ca = findSecret(secrets, uri, ['certificate'])['certificate'] ?? '';
    } else if (type === 'CLIENT_CERTIFICATE_TLS_AUTH') {
      const secret = findSecret(secrets, uri, ['certificate', 'privateKey']);
      tls.cert = secret['certificate'] ?? '';
      tls.key = secret['privateKey'] ?? '';
      if (secret['privateKeyPassword'] !== undefined) tls.passphrase = secret['privateKeyPassword'];
    } else if (type in saslMechanisms) {
      const { username = '', password = '' } = findSecret(secrets, uri, ['username', 'password']);
      const mechanism = saslMechanisms[type as keyof typeof saslMechanisms];
      sasl = { mechanism, username, password } as SASLOptions;
    } else {
      throw new LocalError(
        'UNSUPPORTED',
        `source access is not supported locally, got ${type}; use SASL/PLAIN, SASL/SCRAM or a client certificate`,
      );
    }
  }
  return { ssl: Object.keys(tls).length === 0 ? true : tls, ...(sasl !== undefined && { sasl }) };
}
