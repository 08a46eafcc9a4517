// What every tool knows of a Kafka cluster, whichever it is: where it listens and how to let go of it. Its own file
// so that the embedded and the external broker can be swapped without their users noticing.
import type { KafkaConfig } from 'kafkajs';

/** A Kafka cluster that tools may use until `close()`. */
export interface Broker {
  /** `embedded`, `apache`: started by us, gone after `close()`. `external`: the user's own, untouched by `close()`. */
  readonly kind: 'embedded' | 'apache' | 'external';
  /** Comma-separated `host:port` list, as Kafka clients take it. */
  readonly bootstrapServers: string;
  /** TLS and SASL that its listener takes, as kafkajs spells them; absent for plain text. */
  readonly security?: Pick<KafkaConfig, 'ssl' | 'sasl'>;
  /** Lets go of the cluster; a second call does nothing. */
  close(): Promise<void>;
}

/**
 * Why a broker cannot be used.
 * - `BROKER_ADDRESS`: the address list is not `host:port[,host:port...]`.
 * - `BROKER_UNREACHABLE`: nothing there answered as Kafka in time.
 * - `BROKER_FAILED`: a broker of ours did not start, or died while in use.
 * - `BROKER_SECURITY`: a certificate cannot be read, or a user or password is not set.
 * - `BROKER_TOOLS_MISSING`: Apache Kafka needs Java and Maven, and this machine lacks one.
 */
export type BrokerErrorCode =
  | 'BROKER_ADDRESS'
  | 'BROKER_UNREACHABLE'
  | 'BROKER_FAILED'
  | 'BROKER_SECURITY'
  | 'BROKER_TOOLS_MISSING';

/** A broker that is not there, or no longer: an infrastructure failure, never a failed record. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
  readonly code: BrokerErrorCode;
  readonly bootstrapServers: string | undefined;

  constructor(
    code: BrokerErrorCode,
    message: string,
    options: { readonly bootstrapServers?: string; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.bootstrapServers = options.bootstrapServers;
  }
}
