// The broker's `server.properties`: one node that is broker and controller at once, on 127.0.0.1 only, small in memory,
// and otherwise as Apache Kafka is by default.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCertificates, type Identity } from './certificates.ts';

/** Ports of the listeners; those of the secure ones if there are any. */
export interface ListenerPorts {
  readonly controller: number;
  readonly plaintext: number;
  readonly secure?: { readonly tls: number; readonly mtls: number; readonly sasl: number };
}

/** Listeners with TLS, as `host:port`, and what a client needs for them. All of it is made anew at each start. */
export interface SecureListeners {
  /** TLS, anybody. */
  readonly tls: string;
  /** TLS, only with a certificate of the authority, such as `client`. */
  readonly mtls: string;
  /** SASL over TLS: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512. */
  readonly sasl: string;
  /** Certificate of the authority behind all of them, PEM. */
  readonly authorityPem: string;
  readonly client: Identity;
  readonly user: string;
  readonly password: string;
}

/** SCRAM mechanisms of the `sasl` listener; their users are made while the storage is formatted. */
export const scramMechanisms: readonly string[] = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];

/**
 * Writes `server.properties` into `folder`, and the certificates of the secure listeners if there are any; data goes to
 * `dataFolder`, where it is kept for good, or into `folder`.
 */
export async function writeConfiguration(
  folder: string,
  ports: ListenerPorts,
  dataFolder?: string,
): Promise<SecureListeners | undefined> {
  const write = async (name: string, text: string): Promise<void> =>
    await writeFile(join(folder, name), text, { mode: 0o600 });
  if (ports.secure === undefined) {
    await write('server.properties', toServerProperties(folder, { ports, dataFolder }));
    return undefined;
  }
  const { authorityPem, broker, client } = createCertificates();
  const user = 'tailrace';
  const password = randomBytes(18).toString('base64url');
  await Promise.all([
    write('broker.pem', broker.keyPem + broker.certificatePem),
    write('authority.pem', authorityPem),
    write('server.properties', toServerProperties(folder, { ports, dataFolder, user: { user, password } })),
  ]);
  const [tls, mtls, sasl] = [ports.secure.tls, ports.secure.mtls, ports.secure.sasl].map(
    (port) => `127.0.0.1:${port}`,
  ) as [string, string, string];
  return { tls, mtls, sasl, authorityPem, client, user, password };
}

interface User {
  readonly user: string;
  readonly password: string;
}

function toServerProperties(
  folder: string,
  {
    ports,
    dataFolder,
    user,
  }: { readonly ports: ListenerPorts; readonly dataFolder: string | undefined; readonly user?: User },
): string {
  const { plaintext, controller, secure: others } = ports;
  const listeners: [name: string, port: number, protocol: string][] = [
    ['PLAINTEXT', plaintext, 'PLAINTEXT'],
    ['CONTROLLER', controller, 'PLAINTEXT'],
  ];
  if (others !== undefined) {
    listeners.push(
      ['TLS', others.tls, 'SSL'],
      ['MTLS', others.mtls, 'SSL'],
      ['SASL', others.sasl, 'SASL_SSL'],
    );
  }
  const properties: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: listeners.map(([name, port]) => `${name}://127.0.0.1:${port}`).join(','),
    'listener.security.protocol.map': listeners.map(([name, , protocol]) => `${name}:${protocol}`).join(','),
    'log.dirs': dataFolder ?? join(folder, 'data'),
    // After a week Kafka drops records, and offsets of groups that are away; whoever keeps data comes back after a holiday.
    ...(dataFolder !== undefined && { 'log.retention.ms': -1, 'offsets.retention.minutes': 2_147_483_647 }),
    // As Amazon MSK does it: a topic is made on request, and a misspelled one is an error.
    'auto.create.topics.enable': false,
    // Without that, a group's first member waits three seconds for others; here there are none.
    'group.initial.rebalance.delay.ms': 0,
    // Kafka's own limit of 1 MB would refuse records that are over a consumer's limit before the consumer could.
    'message.max.bytes': 8 * 1024 * 1024,
    // One node cannot replicate.
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // 50 by default, each with files of its own that the first group has to wait for.
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.num.partitions': 4,
    // 128 MiB by default, which is a quarter of our heap.
    'log.cleaner.dedupe.buffer.size': 8 * 1024 * 1024,
    ...(user !== undefined && toSecureProperties(folder, user)),
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function toSecureProperties(folder: string, { user, password }: User): Record<string, string> {
  const module = 'org.apache.kafka.common.security';
  const scram = `${module}.scram.ScramLoginModule required;`;
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(folder, 'broker.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(folder, 'authority.pem'),
    'listener.name.mtls.ssl.client.auth': 'required',
    'listener.name.sasl.sasl.enabled.mechanisms': ['PLAIN', ...scramMechanisms].join(','),
    'listener.name.sasl.plain.sasl.jaas.config': `${module}.plain.PlainLoginModule required user_${user}="${password}";`,
    'listener.name.sasl.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.sasl.scram-sha-512.sasl.jaas.config': scram,
  };
}
