// Where records come from and how they are read: starting points, clusters, registries, filters.

import { defineConsumer, type ConsumerDefinition } from '../../../lib/definition/define-consumer.ts';
import { avro, avroReader } from '../../../lib/format/avro.ts';
import { confluent } from '../../../lib/format/confluent.ts';
import type { Format } from '../../../lib/format/format.ts';
import { glue } from '../../../lib/format/glue.ts';
import { json, jsonReader } from '../../../lib/format/json.ts';
import { cluster, msk, secretArn } from '../consumer-stack.ts';
import { define, onDemand, type Case } from './case.ts';

const serverless = `${msk}:cluster/${cluster.slice(0, -1)}s1`;
const elsewhere = (arn: string): string => arn.replace('eu-west-1', 'eu-west-2');
const ofOthers = (arn: string): string => arn.replace('123456789012', '999999999999');
const selfManaged = { type: 'self-managed-plain', bootstrapServers: ['a:9096'], secretArn } as const;
const glueRegistry = {
  type: 'glue',
  registryArn: 'arn:aws:glue:eu-west-1:123456789012:registry/orders',
  recordFormat: 'JSON',
} as const;
const guarded = {
  type: 'confluent-basic',
  url: 'https://registry',
  recordFormat: 'JSON',
  secretArn,
} as const;
const read = (value: Format<unknown>): ConsumerDefinition =>
  defineConsumer({ name: 'orders', topic: 'orders.v1', value });

export const readingCases: readonly Case[] = [
  {
    rule: 'LATEST_MISSES_RECORDS',
    trap: { definition: define({ startingPosition: 'LATEST' }) },
    neighbour: { definition: define({ startingPosition: 'LATEST' }), startAt: new Date() },
  },
  {
    rule: 'START_TIME_IN_FUTURE',
    trap: { startAt: new Date(Date.now() + 3_600_000) },
    neighbour: { startAt: new Date() },
  },
  {
    rule: 'SERVERLESS_WITHOUT_IAM',
    trap: { source: { type: 'msk-mtls', clusterArn: serverless, secretArn } },
    neighbour: { source: { type: 'msk-iam', clusterArn: serverless } },
  },
  {
    rule: 'GROUP_NOT_UNIQUE',
    trap: { groupId: 'taken' },
    neighbour: {},
  },
  {
    rule: 'SOURCE_ELSEWHERE',
    why: 'a cluster in another Region',
    trap: { source: { type: 'msk-iam', clusterArn: elsewhere(`${msk}:cluster/${cluster}`) } },
    neighbour: { source: { type: 'msk-iam', clusterArn: `${msk}:cluster/${cluster}` } },
  },
  {
    rule: 'SOURCE_ELSEWHERE',
    why: 'a cluster of another account',
    trap: { source: { type: 'msk-iam', clusterArn: `${ofOthers(msk)}:cluster/${cluster}` } },
    neighbour: { source: { type: 'msk-iam', clusterArn: `${msk}:cluster/${cluster}` } },
  },
  {
    rule: 'SOURCE_ELSEWHERE',
    why: 'a secret in another Region',
    trap: { source: { ...selfManaged, secretArn: elsewhere(secretArn) } },
    neighbour: { source: { ...selfManaged, secretArn: ofOthers(secretArn) } },
  },
  {
    rule: 'SOURCE_ELSEWHERE',
    why: 'a Glue registry in another Region',
    trap: { schemaRegistry: { ...glueRegistry, registryArn: elsewhere(glueRegistry.registryArn) } },
    neighbour: { schemaRegistry: glueRegistry },
  },
  {
    rule: 'SOURCE_ELSEWHERE',
    why: 'the secret of a registry in another Region',
    trap: { schemaRegistry: { ...guarded, secretArn: elsewhere(secretArn) } },
    neighbour: { schemaRegistry: guarded },
  },
  {
    rule: 'SCHEMA_REGISTRY_WITHOUT_POLLERS',
    trap: { overrides: onDemand, schemaRegistry: glueRegistry },
    also: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
    neighbour: { schemaRegistry: glueRegistry },
  },
  {
    rule: 'FORMAT_AGAINST_REGISTRY',
    why: 'JSON read as Avro',
    trap: { schemaRegistry: glueRegistry, definition: read(glue({ reader: avroReader() })) },
    neighbour: {
      schemaRegistry: { ...glueRegistry, recordFormat: 'SOURCE' },
      definition: read(glue({ reader: avroReader() })),
    },
  },
  {
    rule: 'FORMAT_AGAINST_REGISTRY',
    why: 'JSON in bare Avro’s place',
    trap: { schemaRegistry: guarded, definition: read(avro('string')) },
    neighbour: { schemaRegistry: { ...guarded, attributes: ['KEY'] }, definition: read(avro('string')) },
  },
  {
    rule: 'FORMAT_AGAINST_REGISTRY',
    why: 'Glue’s framing from Confluent’s registry',
    trap: { schemaRegistry: guarded, definition: read(glue({ reader: jsonReader() })) },
    neighbour: { schemaRegistry: guarded, definition: read(confluent({ reader: jsonReader() })) },
  },
  {
    rule: 'FORMAT_AGAINST_REGISTRY',
    why: 'Confluent’s framing from Glue’s registry',
    trap: { schemaRegistry: glueRegistry, definition: read(confluent({ reader: jsonReader() })) },
    neighbour: { schemaRegistry: glueRegistry, definition: read(json()) },
  },
  {
    rule: 'FILTER_NOT_ON_VALUE',
    trap: { filters: [{ key: ['a'] }] },
    neighbour: { filters: [{ value: ['a'] }], definition: define({ compression: 'none' }) },
  },
  {
    rule: 'FILTER_ON_COMPRESSED_VALUE',
    trap: { filters: [{ value: { kind: ['order'] } }] },
    neighbour: {
      filters: [{ value: { kind: ['order'] } }],
      definition: define({ compression: 'none' }),
    },
  },
  {
    rule: 'FILTER_ON_COMPRESSED_VALUE',
    why: 'unless a registry reads it first',
    trap: {
      filters: [{ value: { kind: ['order'] } }],
      schemaRegistry: { ...glueRegistry, attributes: ['KEY'] },
    },
    neighbour: { filters: [{ value: { kind: ['order'] } }], schemaRegistry: glueRegistry },
  },
];
