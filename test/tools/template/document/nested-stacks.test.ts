// Consumers in nested stacks run as those of the stack itself do.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { LocalError } from '../../../../tools/local/error.ts';
import { takeInNested } from '../../../../tools/template/document/nested-stacks.ts';
import type { Template } from '../../../../tools/template/document/template-document.ts';
import { readTopology, type Topology } from '../../../../tools/template/topology.ts';
import { addConsumers, nameConsumers } from '../../../infra/many-consumers.ts';

const folder = mkdtempSync(join(tmpdir(), 'tailrace-nested-'));
after(() => rmSync(folder, { recursive: true }));

function synthesize(consumersInStack: number): Topology {
  const outdir = join(folder, `${consumersInStack}.out`);
  const app = new App({ outdir });
  addConsumers(app, nameConsumers(4), {
    folder: join(folder, 'handlers'),
    consumersInStack,
    monitoring: false,
  });
  app.synth();
  const queueUrl = (name: string): string => name;
  return readTopology(outdir, { accountId: '000000000000', region: 'eu-west-1', queueUrl });
}

function toConsumers({ functions, mappings }: Topology): readonly unknown[] {
  return mappings
    .map((mapping) => {
      const { environment } = functions.find(({ name }) => name === mapping.functionName) ?? {};
      const { consumer, topic, consumerGroupId, onFailure } = mapping;
      return { consumer, topic, consumerGroupId, onFailure, environment };
    })
    .toSorted((a, b) => a.consumer.localeCompare(b.consumer));
}

test('finds the same consumers in nested stacks as in the stack itself, with the same shared bucket', () => {
  const flat = synthesize(10);
  const nested = synthesize(0);
  assert.equal(nested.functions.length, 4);
  assert.deepEqual(toConsumers(nested), toConsumers(flat));
  assert.equal(nested.functions[0]?.environment['TAILRACE_DEAD_LETTER_BUCKET'], nested.buckets[0]?.name);
});

test('puts parameters, outputs and conditions of nested stacks in their place', () => {
  const toKey = (digit: string): string => `${digit.repeat(64)}.json`;
  const stack = (digit: string, Parameters?: object): Template['Resources'][string] => ({
    Type: 'AWS::CloudFormation::Stack',
    Properties: {
      Parameters,
      TemplateURL: { 'Fn::Join': ['', ['https://', { Ref: 'AWS::URLSuffix' }, `/${toKey(digit)}`]] },
    },
  });
  const templates: Record<string, Template> = {
    [toKey('1')]: {
      Conditions: { Wanted: { 'Fn::Equals': ['a', 'a'] } },
      Resources: { Queue: { Type: 'AWS::SQS::Queue', Condition: 'Wanted' } },
      Outputs: { Arn: { Value: { 'Fn::If': ['Wanted', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'none'] } } },
    },
    [toKey('2')]: {
      Parameters: { Target: {}, Size: { Default: 3 } },
      Resources: {
        Policy: {
          Type: 'AWS::IAM::Policy',
          Properties: { To: { Ref: 'Target' }, Size: { Ref: 'Size' }, Region: { Ref: 'AWS::Region' } },
        },
      },
    },
  };
  const load = (key: string): Template => templates[key] as Template;
  const outer: Template = {
    Resources: { One: stack('1'), Two: stack('2', { Target: { 'Fn::GetAtt': ['One', 'Outputs.Arn'] } }) },
  };
  assert.deepEqual(takeInNested(outer, load), {
    Conditions: { 'One-Wanted': { 'Fn::Equals': ['a', 'a'] } },
    Resources: {
      'One-Queue': { Type: 'AWS::SQS::Queue', Condition: 'One-Wanted' },
      'Two-Policy': {
        Type: 'AWS::IAM::Policy',
        Properties: {
          To: { 'Fn::If': ['One-Wanted', { 'Fn::GetAtt': ['One-Queue', 'Arn'] }, 'none'] },
          Size: 3,
          Region: { Ref: 'AWS::Region' },
        },
      },
    },
  });
});

test('names the nested stack whose template it cannot find', () => {
  const template: Template = { Resources: { Lost: { Type: 'AWS::CloudFormation::Stack' } } };
  assert.throws(
    () => takeInNested(template, () => template),
    (error) => error instanceof LocalError && error.code === 'NO_CDK_OUT' && error.message.includes('Lost'),
  );
});
