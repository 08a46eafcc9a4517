// What commands may be told about Kafka: the options that several of them have, and how these are read.
import type { OptionSpec, OptionValues } from '../command.ts';
import { saslMechanisms, type SecurityOptions } from './broker-security.ts';

/** The Kafka of a local run: one that is started, or the user's own. */
export const brokerOptions: Readonly<Record<'broker' | 'keep' | 'brokers', OptionSpec>> = {
  broker: {
    kind: 'text',
    valueName: 'KIND',
    summary: 'which Kafka to start; apache is real Apache Kafka and needs Java 17 and Maven',
    oneOf: ['embedded', 'apache'],
    byDefault: 'embedded',
  },
  keep: {
    kind: 'text',
    valueName: 'FOLDER',
    summary:
      'keeps topics, offsets, buckets, queues and tables in this folder for the next run; needs --broker apache',
    byDefault: 'keeps nothing',
  },
  brokers: {
    kind: 'text',
    valueName: 'HOST:PORT',
    summary: 'your own Kafka, comma-separated; it is only read, with new consumer groups',
    byDefault: 'starts one',
  },
};

/** How `--brokers` is entered. */
export const securityOptions: Readonly<Record<'tls' | 'ca' | 'cert' | 'sasl', OptionSpec>> = {
  tls: { kind: 'flag', summary: 'uses TLS to --brokers; implied by --ca, --cert and --sasl' },
  ca: { kind: 'text', valueName: 'FILE', summary: 'PEM file of the certificate authority of --brokers' },
  cert: { kind: 'text', valueName: 'FILE', summary: 'PEM file of a client certificate and its key' },
  sasl: {
    kind: 'text',
    valueName: 'MECHANISM',
    summary: 'SASL mechanism; user and password come from TAILRACE_SASL_USERNAME and TAILRACE_SASL_PASSWORD',
    oneOf: saslMechanisms,
  },
};

/** Reads {@link securityOptions}. */
export function toSecurityOptions(values: OptionValues): SecurityOptions {
  return {
    tls: values['tls'] === true,
    caFile: values['ca'] as string | undefined,
    clientCertificateFile: values['cert'] as string | undefined,
    sasl: saslMechanisms.find((mechanism) => mechanism === values['sasl']),
  };
}
