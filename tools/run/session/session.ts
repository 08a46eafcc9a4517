// What a run stands on, started side by side and closed in reverse: the assembly, Kafka, the AWS endpoints.

import type { Kafka } from 'kafkajs';
import { createClients, type AwsClients } from '../../aws/clients.ts';
import { startAwsEndpoints, type AwsEndpoints, type LocalEndpoints } from '../../aws/endpoints.ts';
import type { Denial } from '../../aws/permissions/guard.ts';
import { startApacheBroker } from '../../broker/apache/broker.ts';
import { readSecurity, type SecurityOptions } from '../../broker/broker-security.ts';
import type { Broker, BrokerError } from '../../broker/broker.ts';
import { startEmbeddedBroker } from '../../broker/embedded.ts';
import { connectBroker } from '../../broker/external.ts';
import { toQueueUrl } from '../../aws/resources.ts';
import { createKafka } from '../../broker/kafka-client.ts';
import { ensureTopic } from '../../broker/topic.ts';
import { readApp } from '../../local/run.ts';
import { readSecrets, type Secrets } from '../../local/mapping/secrets.ts';
import { deleteGroups } from '../../broker/groups.ts';
import { toKafkaTopics, type Topology } from '../../template/topology.ts';
import {
  newGroupSuffix,
  readOnlyRights,
  requireTopics,
  toSharedApp,
  type ClusterRights,
} from './shared-cluster.ts';
import { openKeptFolder } from './kept-folder.ts';
import type { Assembly } from '../synth.ts';

/** What to start. */
export interface SessionOptions {
  /** The assembly, once it is written; the session removes it with the rest, if it was made for the session alone. */
  readonly assembly: Promise<Assembly>;
  /** Which Kafka to start, unless there are `brokers`. */
  readonly broker: 'embedded' | 'apache';
  /** Folder that keeps what this session makes for the next one; undefined: all of it is removed. */
  readonly keep: string | undefined;
  /** Address of the user's own Kafka; undefined: one of ours. */
  readonly brokers: string | undefined;
  /** How that Kafka's listener is entered. */
  readonly security: SecurityOptions;
  /** File of the secrets that mappings name; undefined: pollers enter as `security` says. */
  readonly secretsFile: string | undefined;
  /** Confluent registry to ask in place of those that mappings name; undefined: theirs. */
  readonly registryUrl: string | undefined;
  /** What the assembly is: its folder, or a template's file. Default its folder. */
  readonly format?: 'assembly' | 'template';
  /** What the run may do on the user's own Kafka. Default: read, by groups of its own, from the end on. */
  readonly rights?: ClusterRights;
  /** Empty: all. */
  readonly consumers: readonly string[];
  /** Values for functions' variables, in place of the template's. */
  readonly variables: Readonly<Record<string, string>>;
  /** Values for the templates' parameters, in place of their defaults. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether the endpoints deny what the functions' roles do not allow. */
  readonly iam: boolean;
  /** Told of each call that was denied, the first time; and of what is not judged. */
  readonly onDenied: (denial: Denial) => void;
  /** Told once when a broker of ours dies under the run. */
  readonly onBrokerFailure: (error: BrokerError) => void;
  /** Told when something takes longer than a start usually does. */
  readonly onProgress: (message: string) => void;
  /** Ends a start that takes longer. */
  readonly signal: AbortSignal;
}

/** All of it, up. */
export interface Session {
  readonly broker: Broker;
  readonly endpoints: AwsEndpoints;
  readonly clients: AwsClients;
  readonly app: Topology;
  /** An app that was read again, as this session runs it, with the topics that it needs. */
  readonly adopt: (app: Topology) => Promise<Topology>;
  /** The folder of the project that the app is of. */
  readonly project: string;
  /** Secrets that mappings name, if there is a file of them. */
  readonly secrets?: Secrets;
  /** Confluent registry to ask in place of those that mappings name. */
  readonly registryUrl?: string;
  /** What the endpoints have denied. Default: nothing was judged. */
  readonly denials?: LocalEndpoints['denials'];
  /** Gives the URL of a queue with what one has got in this session, where reading must take nothing from that. */
  readonly copyQueue?: (url: string) => Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts everything; when a part fails, what had started is closed again.
 *
 * @throws SynthError, BrokerError, LocalError
 */
export async function startSession(options: SessionOptions): Promise<Session> {
  const { assembly, consumers, variables, parameters, secretsFile, registryUrl } = options;
  const parts = new AsyncDisposableStack();
  const own = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const part = await starting;
    parts.defer(() => part.close());
    return part;
  };
  // Closed last: until then nobody else may have its data.
  const kept = options.keep === undefined ? undefined : openKeptFolder(options.keep);
  if (kept !== undefined) parts.defer(kept.close);
  const starting = [
    own(startBroker(options, kept?.kafka)),
    own(startAwsEndpoints({ onDenied: options.onDenied, ...(kept !== undefined && { folder: kept.aws }) })),
    own(assembly.then((made) => ({ ...made, close: made.remove }))),
  ] as const;
  // Whatever fails first is the error; nothing is left half started behind it.
  await Promise.allSettled(starting);
  try {
    const [broker, endpoints, { folder, project }] = await Promise.all(starting);
    const read = readApp(folder, endpoints, {
      ...(options.format !== undefined && { format: options.format }),
      ...(consumers.length > 0 && { consumers }),
      variables,
      parameters,
    });
    const { rights = readOnlyRights } = options;
    const kafka = createKafka(broker.bootstrapServers, {
      clientId: 'tailrace-topics',
      ...(broker.security !== undefined && { security: broker.security }),
    });
    const suffix = newGroupSuffix();
    const told = new Set<string>();
    const adopt = async (given: Topology): Promise<Topology> => {
      const adopted = broker.kind === 'external' ? toSharedApp(given, rights, suffix) : given;
      if (broker.kind === 'external' && !rights.produces) await requireTopics(kafka, adopted);
      else await createTopics(kafka, broker, adopted);
      if (options.iam && adopted.permissions !== undefined) {
        await endpoints.permit(adopted.permissions);
        for (const note of adopted.permissions.notes) if (!told.has(note)) options.onProgress(note);
        for (const note of adopted.permissions.notes) told.add(note);
      }
      return adopted;
    };
    const app = await adopt(read);
    if (broker.kind === 'external' && !rights.joinsGroups) {
      const groups = app.mappings.map(({ consumerGroupId }) => consumerGroupId);
      parts.defer(() => deleteGroups(kafka, groups));
    }
    const clients = createClients(endpoints);
    parts.defer(() => clients.close());
    const secrets = secretsFile === undefined ? undefined : await readSecrets(secretsFile);
    return {
      ...(secrets !== undefined && { secrets }),
      ...(registryUrl !== undefined && { registryUrl }),
      ...(options.iam && { denials: endpoints.denials }),
      ...(kept !== undefined && {
        async copyQueue(url) {
          return toQueueUrl(endpoints, await endpoints.copyQueue(url.split('/').at(-1) ?? url));
        },
      }),
      broker,
      endpoints,
      clients,
      app,
      adopt,
      project,
      close: () => parts.disposeAsync(),
    };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

async function startBroker(options: SessionOptions, dataFolder: string | undefined): Promise<Broker> {
  const { broker, brokers, onBrokerFailure: onFailure, onProgress, signal } = options;
  if (brokers !== undefined)
    return await connectBroker(brokers, { security: readSecurity(options.security) });
  return broker === 'apache'
    ? await startApacheBroker({
        onFailure,
        onProgress,
        signal,
        ...(dataFolder !== undefined && { dataFolder }),
      })
    : await startEmbeddedBroker({ onFailure });
}

// A poller that finds no topic gives up, and the traffic that would make it starts beside the pollers. The embedded
// broker makes those topics when they are first asked for; waiting for that would only delay the first record. It makes
// none for the mappings' failures, since nothing is written there that may create topics.
async function createTopics(kafka: Kafka, broker: Broker, app: Topology): Promise<void> {
  const read = new Set(broker.kind === 'embedded' ? app.mappings.map(({ topic }) => topic) : []);
  const topics = [...toKafkaTopics(app)].filter((topic) => !read.has(topic));
  for (const topic of topics) await ensureTopic(kafka, { topic });
}
