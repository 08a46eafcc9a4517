// A synthesized app as cdk would write it, made without cdk: handlers bundled by esbuild into real assets, a hand-written
// template and manifest, in a temporary folder. For tests of the local runner that need handlers which misbehave.
import { build } from 'esbuild';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One function with one mapping. */
export interface LocalAppConsumer {
  /** `[a-z][a-z0-9-]*`. */
  readonly name: string;
  /** ES module source that exports `handler`; may import what the project can. */
  readonly source: string;
  /** Properties of the function that differ from the defaults. */
  readonly function?: Readonly<Record<string, unknown>>;
  /** Properties of the mapping that differ from the defaults. */
  readonly mapping?: Readonly<Record<string, unknown>>;
  /** Variables of the function; intrinsics are allowed. */
  readonly environment?: Readonly<Record<string, unknown>>;
  /** Imports left out of the bundle, beside `@aws-sdk/*`. */
  readonly external?: readonly string[];
}

/** A written app. */
export interface LocalApp {
  /** The folder to give to the runner as `cdk.out`. */
  readonly cdkOut: string;
  readonly remove: () => Promise<void>;
}

/** Logical id of the bucket that every app has, the on-failure destination of its mappings. */
const failureBucketId = 'Failures';

/** Writes an app whose consumers read `orders`; `resources` are added to its template. */
export async function writeLocalApp(
  consumers: readonly LocalAppConsumer[],
  resources: Readonly<Record<string, unknown>> = {},
): Promise<LocalApp> {
  const cdkOut = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-app-')));
  const files: Record<string, unknown> = {};
  const parts: Record<string, unknown> = { [failureBucketId]: { Type: 'AWS::S3::Bucket' }, ...resources };
  for (const consumer of consumers) {
    const id = consumer.name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    const hash = `asset-${consumer.name}`;
    await bundle(join(cdkOut, hash), consumer);
    files[hash] = {
      source: { path: hash, packaging: 'zip' },
      destinations: { local: { bucketName: 'assets', objectKey: `${hash}.zip` } },
    };
    parts[`${id}Function`] = functionResource(consumer, `${hash}.zip`);
    parts[`${id}Mapping`] = mappingResource(consumer, `${id}Function`);
  }
  await writeFile(join(cdkOut, 'App.template.json'), JSON.stringify({ Resources: parts }));
  await writeFile(join(cdkOut, 'App.assets.json'), JSON.stringify({ version: '48.0.0', files }));
  await writeFile(join(cdkOut, 'manifest.json'), JSON.stringify(manifest));
  return { cdkOut, remove: async () => await rm(cdkOut, { recursive: true, force: true }) };
}

const manifest = {
  version: '48.0.0',
  artifacts: {
    'App.assets': { type: 'cdk:asset-manifest', properties: { file: 'App.assets.json' } },
    App: {
      type: 'aws:cloudformation:stack',
      environment: 'aws://unknown-account/unknown-region',
      properties: { templateFile: 'App.template.json' },
    },
    Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
  },
};

async function bundle(folder: string, { source, external = [] }: LocalAppConsumer): Promise<void> {
  await mkdir(folder);
  await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, sourcefile: 'handler.mjs' },
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: ['@aws-sdk/*', ...external],
    logLevel: 'silent',
  });
}

function functionResource(
  { name, environment, function: properties }: LocalAppConsumer,
  key: string,
): unknown {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: key },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: [process.arch === 'arm64' ? 'arm64' : 'x86_64'],
      MemorySize: 128,
      Timeout: 10,
      Environment: {
        Variables: {
          POWERTOOLS_SERVICE_NAME: name,
          FAILURE_BUCKET: { Ref: failureBucketId },
          ...environment,
        },
      },
      ...properties,
    },
  };
}

function mappingResource({ mapping }: LocalAppConsumer, functionId: string): unknown {
  return {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      FunctionName: { Ref: functionId },
      EventSourceArn:
        'arn:aws:kafka:us-east-1:000000000000:cluster/local/00000000-0000-0000-0000-000000000000-1',
      Topics: ['orders'],
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 0,
      MaximumRetryAttempts: 2,
      MaximumRecordAgeInSeconds: -1,
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 1 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [failureBucketId, 'Arn'] } } },
      ...mapping,
    },
  };
}
