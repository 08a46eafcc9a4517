// TLS and SASL for a cluster of the user's own, out of what the command line and the environment say: certificates are
// files, a password never stands on a command line.
import { readFileSync } from 'node:fs';
import type { KafkaConfig, SASLOptions } from 'kafkajs';
import { BrokerError } from './broker.ts';

/** What a user says of a listener. */
export interface SecurityOptions {
  /** Whether to speak TLS; a certificate or mechanism says so, too. */
  readonly tls: boolean;
  /** File with the PEM of the authority behind the broker's certificate. Default: those that Node knows. */
  readonly caFile: string | undefined;
  /** File with the PEM of a client certificate and its key. Default: none. */
  readonly clientCertificateFile: string | undefined;
  /** Over TLS always, as on AWS. Default: none. */
  readonly sasl: SaslMechanism | undefined;
}

/** Mechanisms that AWS knows for clusters with a user and password. */
export type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

/** All of {@link SaslMechanism}. */
export const saslMechanisms: readonly SaslMechanism[] = ['plain', 'scram-sha-256', 'scram-sha-512'];

const userVariable = 'TAILRACE_SASL_USERNAME';
const passwordVariable = 'TAILRACE_SASL_PASSWORD';

/**
 * Reads certificates, and user and password from `TAILRACE_SASL_USERNAME` and `TAILRACE_SASL_PASSWORD`; undefined for a
 * listener in plain text.
 * @throws {BrokerError} `BROKER_SECURITY` for a file that cannot be read or a variable that is not set
 */
export function readSecurity(
  options: SecurityOptions,
  env: NodeJS.ProcessEnv = process.env,
): Pick<KafkaConfig, 'ssl' | 'sasl'> | undefined {
  const { tls, caFile, clientCertificateFile, sasl: mechanism } = options;
  if (!tls && caFile === undefined && clientCertificateFile === undefined && mechanism === undefined)
    return undefined;
  const ca = caFile === undefined ? undefined : readPem(caFile);
  const client = clientCertificateFile === undefined ? undefined : readPem(clientCertificateFile);
  const certificates = {
    ...(ca !== undefined && { ca }),
    // OpenSSL takes from each text what it looks for.
    ...(client !== undefined && { cert: client, key: client }),
  };
  const ssl = Object.keys(certificates).length === 0 ? true : certificates;
  if (mechanism === undefined) return { ssl };
  const [username, password] = [userVariable, passwordVariable].map((name) => {
    const value = env[name];
    if (value !== undefined && value !== '') return value;
    throw new BrokerError(
      'BROKER_SECURITY',
      `no ${name} for SASL, got nothing, expected a text; set it in the environment`,
    );
  });
  return { ssl, sasl: { mechanism, username, password } as SASLOptions };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new BrokerError(
      'BROKER_SECURITY',
      `cannot read a certificate, got ${reason} for ${file}, expected a PEM file`,
      { cause: error },
    );
  }
}
