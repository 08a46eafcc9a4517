// Apps of the CDK's first version, and those with its legacy synthesizer, run as any other.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { App, LegacyStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Code, EventSourceMapping, Function, Runtime, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { readTopology } from '../../../../tools/template/topology.ts';
import { options } from '../../../support/topology.ts';

const folder = mkdtempSync(join(tmpdir(), 'tailrace-legacy-'));
after(() => rmSync(folder, { recursive: true }));

test('finds the assets of a stack whose template takes their places as parameters', () => {
  const source = join(folder, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'index.js'), 'exports.handler = async () => {};');
  const context = { '@aws-cdk/core:validateAgainstDefaultRules': false };
  const app = new App({ outdir: join(folder, 'cdk.out'), context });
  const stack = new Stack(app, 'Old', { synthesizer: new LegacyStackSynthesizer() });
  const target = new Function(stack, 'Fn', {
    code: Code.fromAsset(source),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_22_X,
  });
  const mapping = new EventSourceMapping(stack, 'Mapping', {
    target,
    kafkaTopic: 'orders',
    kafkaBootstrapServers: ['b1.example.com:9092'],
    startingPosition: StartingPosition.LATEST,
  });
  assert.ok(mapping.node.id);
  app.synth();
  const { functions, mappings } = readTopology(join(folder, 'cdk.out'), options);
  assert.match(functions[0]?.assetPath ?? '', /cdk\.out\/asset\.[0-9a-f]{64}$/);
  assert.equal(mappings[0]?.topic, 'orders');
});
