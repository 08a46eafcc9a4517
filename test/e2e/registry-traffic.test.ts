// The main job on somebody else's CDK app whose mappings read by schema registries, and on one whose mapping has settings that AWS
// documents for provisioned pollers only: both run, and what is not as on AWS is said.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { App, Duration, SecretValue, Stack } from 'aws-cdk-lib';
import { CfnRegistry } from 'aws-cdk-lib/aws-glue';
import {
  Code,
  EventRecordFormat,
  Function,
  KafkaSchemaRegistryAccessConfigType as Access,
  KafkaSchemaValidationAttribute as Attribute,
  Runtime,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import {
  AuthenticationMethod,
  ConfluentSchemaRegistry,
  GlueSchemaRegistry,
  SelfManagedKafkaEventSource,
} from 'aws-cdk-lib/aws-lambda-event-sources';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { runCli } from '../support/cli.ts';

/** Throws on what a registry has not read: a prefix, a key that is no JSON, no id of a schema. */
const reader = (...parts: readonly string[]): string => `exports.handler = async (event) => {
  for (const record of Object.values(event.records).flat()) {
    JSON.parse(Buffer.from(record.value, 'base64')).orderId.trim();
    for (const part of ${JSON.stringify(parts)}) {
      JSON.parse(Buffer.from(record[part], 'base64'));
      if (record[part + 'SchemaMetadata'].dataFormat !== 'JSON') throw new TypeError(part);
    }
  }
};`;

function synthesize(outdir: string): void {
  const app = new App({ outdir, context: { '@aws-cdk/core:validateAgainstDefaultRules': false } });
  const stack = new Stack(app, 'Theirs');
  const secret = new Secret(stack, 'Client', {
    secretObjectValue: { certificate: SecretValue.unsafePlainText('x') },
  });
  const add = (
    topic: string,
    code: string,
    settings: Partial<ConstructorParameters<typeof SelfManagedKafkaEventSource>[0]>,
  ): void => {
    const fn = new Function(stack, topic, {
      functionName: topic,
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline(code),
    });
    const source = new SelfManagedKafkaEventSource({
      topic,
      bootstrapServers: ['kafka-broker-1:9092'],
      secret,
      authenticationMethod: AuthenticationMethod.CLIENT_CERTIFICATE_TLS_AUTH,
      rootCACertificate: secret,
      startingPosition: StartingPosition.TRIM_HORIZON,
      ...settings,
    });
    fn.addEventSource(source);
  };
  const provisionedPollerConfig = { minimumPollers: 1, maximumPollers: 1 };
  add('glued', reader('key'), {
    provisionedPollerConfig,
    schemaRegistryConfig: new GlueSchemaRegistry({
      schemaRegistry: new CfnRegistry(stack, 'Registry', { name: 'theirs' }),
      eventRecordFormat: EventRecordFormat.JSON,
      schemaValidationConfigs: [{ attribute: Attribute.KEY }],
    }),
  });
  add('confluent', reader('key', 'value'), {
    provisionedPollerConfig,
    schemaRegistryConfig: new ConfluentSchemaRegistry({
      schemaRegistryUri: 'https://schema-registry.example.com',
      authenticationType: Access.BASIC_AUTH,
      secret,
      eventRecordFormat: EventRecordFormat.SOURCE,
      schemaValidationConfigs: [{ attribute: Attribute.KEY }, { attribute: Attribute.VALUE }],
    }),
  });
  add('on-demand', reader(), {
    bisectBatchOnError: true,
    retryAttempts: 3,
    maxRecordAge: Duration.hours(1),
    reportBatchItemFailures: true,
  });
  app.synth();
}

test('runs an app of somebody else whose mappings read by registries, or have no pollers of their own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-theirs-'));
  try {
    const cdkOut = join(folder, 'cdk.out');
    synthesize(cdkOut);
    const { code, stdout, stderr } = await runCli(['run', '--cdk-out', cdkOut, '--records', '40']);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /glued: orders, as plain JSON; keys with a schema of a Glue registry on this/);
    assert.match(stdout, /confluent: .*; keys and values with a schema of a Confluent registry on this/);
    for (const consumer of ['glued', 'confluent', 'on-demand'])
      assert.match(stdout, new RegExp(`ok ${consumer} +40 += +40 +\\+ +0 `), consumer);
    const warnings = stdout.match(/on-demand: \S.*without ProvisionedPollerConfig/g) ?? [];
    assert.equal(warnings.length, 1, stdout);
    for (const setting of [
      'BisectBatchOnFunctionError',
      'MaximumRetryAttempts',
      'MaximumRecordAgeInSeconds',
      'FunctionResponseTypes',
    ])
      assert.ok(warnings[0]?.includes(setting), setting);
  } finally {
    await rm(folder, { recursive: true });
  }
});
