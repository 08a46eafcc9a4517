// The user's own Kafka, given by address: checked once, up front, so that a typing error or a sleeping cluster is one
// clear sentence within seconds instead of a consumer that retries in silence.
import { BrokerError, type Broker } from './broker.ts';
import { createKafka } from './kafka-client.ts';

/** How to check an external broker. */
export interface ExternalBrokerOptions {
  /** Longest time to wait for a Kafka answer, in milliseconds; default 8,000, so that the error is out within 10 s. */
  readonly timeoutMs?: number;
  /** TLS and SASL of its listener; default: plain text. */
  readonly security?: Broker['security'] | undefined;
}

/**
 * Checks that a Kafka cluster answers at `bootstrapServers` (comma-separated `host:port`) and stands for it.
 * One address that answers is enough.
 * @throws {BrokerError} `BROKER_ADDRESS` for a malformed list, `BROKER_UNREACHABLE` naming host and port.
 */
export async function connectBroker(
  bootstrapServers: string,
  options: ExternalBrokerOptions = {},
): Promise<Broker> {
  const addresses = parseAddresses(bootstrapServers);
  const timeoutMs = options.timeoutMs ?? 8_000;
  const servers = addresses.join(',');
  const { security } = options;
  const kafka = createKafka(servers, {
    ...(security !== undefined && { security }),
    clientId: 'tailrace-check',
    connectionTimeoutMs: Math.min(3_000, timeoutMs),
    requestTimeoutMs: Math.min(5_000, timeoutMs),
    // One try per address: kafkajs takes the next address of the list on each retry.
    retries: addresses.length,
  });
  const admin = kafka.admin();
  const deadline = createDeadline(timeoutMs);
  try {
    await Promise.race([admin.connect().then(async () => await admin.describeCluster()), deadline.expired]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BrokerError(
      'BROKER_UNREACHABLE',
      `no Kafka broker answers at ${servers}: ${reason}; check host, port and how its listener is entered (--tls, --ca, --cert, --sasl), or leave --brokers away to use the embedded broker`,
      { bootstrapServers: servers, cause: error },
    );
  } finally {
    deadline.cancel();
    await admin.disconnect();
  }
  return {
    kind: 'external',
    bootstrapServers: servers,
    ...(security !== undefined && { security }),
    close: async () => {},
  };
}

/** Splits `host:port[,host:port...]`, IPv6 hosts in brackets. @throws {BrokerError} `BROKER_ADDRESS` naming the part. */
export function parseAddresses(bootstrapServers: string): readonly string[] {
  return bootstrapServers.split(',').map((part) => {
    const address = part.trim();
    const port = Number(/^(?:\[[\da-fA-F:.]+\]|[\w.-]+):(\d{1,5})$/.exec(address)?.[1] ?? Number.NaN);
    if (!(port >= 1 && port <= 65_535)) {
      throw new BrokerError(
        'BROKER_ADDRESS',
        `bad broker address, got "${address}", expected host:port with port 1..65535; give a list as host:port,host:port`,
        { bootstrapServers },
      );
    }
    return address;
  });
}

function createDeadline(timeoutMs: number): { readonly expired: Promise<never>; cancel(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`no answer within ${timeoutMs} ms`));
  }, timeoutMs);
  return { expired: promise, cancel: () => clearTimeout(timer) };
}
