// What is soaked: a consumer of the app with the asset, memory size and mapping of its template, or a handler of its own
// that is bundled as the app's are. Either way its AWS services are the local ones.
import { resolve } from 'node:path';
import type { AwsEndpoints } from '../../aws/endpoints.ts';
import { createResources } from '../../aws/resources.ts';
import type { EventEnvelope } from '../../local/event.ts';
import { readApp } from '../../local/run.ts';
import type { LambdaFunction } from '../../template/topology.ts';
import { synthesize, toAssembly } from '../../run/synth.ts';
import { createTemporaryFolder } from '../../temporary-folder.ts';
import { writeEntryAsset } from './entry-asset.ts';
import { SoakError } from '../error.ts';
import { leastManagedMb } from '../sandbox/managed-instances.ts';
import type { SoakOptions } from '../options.ts';

/** Which function. */
export type SubjectOptions = Pick<
  SoakOptions,
  'consumer' | 'entry' | 'cdkOut' | 'environment' | 'parameters' | 'memoryMb'
> &
  Partial<Pick<SoakOptions, 'concurrency'>>;

/** A function to soak, with all that it reads and writes in place. */
export interface Subject {
  readonly fn: LambdaFunction;
  readonly envelope: EventEnvelope;
  /** Records that its mapping puts into an event at most. */
  readonly batchSize: number;
  /** The folder of the app's project; undefined for an entry. */
  readonly project: string | undefined;
  /** Takes back what was written for it. */
  readonly close: () => Promise<void>;
}

/** Where events say that they come from; nothing listens there, since a soak needs no broker. */
const bootstrapServers = '127.0.0.1:9';
const deadLetterBucket = 'soak-dead-letters';

/**
 * Prepares the consumer that the options name.
 * @throws {SoakError} `ENTRY`. @throws SynthError, LocalError, AwsResourceError
 */
export async function prepareSubject(
  options: SubjectOptions,
  endpoints: AwsEndpoints,
  signal: AbortSignal,
): Promise<Subject> {
  const subject =
    options.entry === undefined
      ? await fromApp(options, endpoints, signal)
      : await fromEntry(options.entry, options, endpoints);
  const { fn } = subject;
  const { concurrency = 1, memoryMb = fn.memoryMb } = options;
  if (concurrency === 1) return { ...subject, fn: { ...fn, memoryMb } };
  return { ...subject, fn: { ...fn, memoryMb: Math.max(leastManagedMb, memoryMb), logFormat: 'JSON' } };
}

async function fromApp(
  options: SubjectOptions,
  endpoints: AwsEndpoints,
  signal: AbortSignal,
): Promise<Subject> {
  const assembly =
    options.cdkOut === undefined ? await synthesize(signal) : toAssembly(resolve(options.cdkOut));
  const app = readApp(assembly.folder, endpoints, {
    consumers: [options.consumer],
    variables: options.environment,
    parameters: options.parameters,
  });
  const [mapping] = app.mappings;
  const fn = app.functions.find(({ name }) => name === mapping?.functionName);
  if (mapping === undefined || fn === undefined)
    throw new SoakError('ENTRY', `no function behind consumer ${options.consumer}; run: npm run synth`);
  await createResources(app, endpoints);
  const eventSource = mapping.eventSourceArn === undefined ? 'SelfManagedKafka' : 'aws:kafka';
  return {
    fn,
    envelope: { topic: mapping.topic, eventSource, eventSourceArn: mapping.eventSourceArn, bootstrapServers },
    batchSize: mapping.batchSize,
    project: assembly.project,
    close: assembly.remove,
  };
}

async function fromEntry(
  entry: string,
  { consumer, environment }: SubjectOptions,
  endpoints: AwsEndpoints,
): Promise<Subject> {
  const { path: assetPath, remove: close } = await createTemporaryFolder('soak');
  try {
    await writeEntryAsset(resolve(entry), assetPath);
    await createResources(
      { buckets: [{ name: deadLetterBucket }], queues: [], topics: [], tables: [] },
      endpoints,
    );
  } catch (error) {
    await close();
    throw error;
  }
  const fn: LambdaFunction = {
    logicalId: consumer,
    name: consumer,
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    assetPath,
    layerPaths: [],
    reservedConcurrency: undefined,
    warnings: [],
    memoryMb: 128,
    timeoutSeconds: 60,
    environment: {
      POWERTOOLS_SERVICE_NAME: consumer,
      TAILRACE_DEAD_LETTER_BUCKET: deadLetterBucket,
      ...environment,
    },
    architecture: 'arm64',
    logFormat: 'JSON',
  };
  const eventSourceArn =
    'arn:aws:kafka:us-east-1:000000000000:cluster/soak/00000000-0000-0000-0000-000000000000-1';
  const envelope = { topic: 'orders', eventSource: 'aws:kafka', eventSourceArn, bootstrapServers } as const;
  return { fn, envelope, batchSize: 500, project: undefined, close };
}
