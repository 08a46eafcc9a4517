// Props that cannot be right whatever one wants, found before anything is built from them. What could be meant, and would
// misbehave, is in rules/.

import { Token } from 'aws-cdk-lib';
import type { ConsumerDefinition } from '../lib/definition/define-consumer.ts';
import { findPatternProblems } from './mapping/filter-check.ts';
import { isOfCdk, toResource } from './mapping/destination.ts';
import type { MappingOptions } from './mapping/mapping.ts';
import type { HandlerRegistry, MappingRegistry } from './mapping/schema-registry.ts';
import { checkOptionalSecret, checkSecret, checkSource, matches } from './source/source-check.ts';
import { PropsError, type Problem } from './props-error.ts';
import type { KafkaSource } from './source/source.ts';

/** The part of a consumer's props that can be wrong by itself. */
export interface CheckedProps extends MappingOptions {
  readonly definition: Pick<ConsumerDefinition, 'provisionedPollers'>;
  readonly source: KafkaSource;
  readonly partitions?: number;
  readonly maxRecordBytes?: number;
  readonly handlerRegistry?: HandlerRegistry;
}

// Limits of the Lambda service model; but that a group's name may also hold a star, which as a grant would be any group.
const groupPattern = /^[a-zA-Z0-9\-/:_+=.@]{1,200}$/;
// CloudFormation's schema: `OnFailure.Destination` has 12..350 characters, 8 of which are `kafka://`.
const destinationTopicPattern = /^[a-zA-Z0-9._-]{4,249}$/;
const pollerGroupPattern = /^[a-zA-Z0-9\-_]{1,128}$/;
const registryPattern = /^arn:aws[a-z-]*:glue:[a-z0-9-]+:\d{12}:registry\/[A-Za-z0-9._$#-]{1,255}$/;
const maxFilters = 10;
const maxPatternCharacters = 4096;

/** @throws PropsError `INVALID_PROPS` with every problem found */
export function checkProps(consumer: string, props: CheckedProps): void {
  const problems = [
    ...checkMapping(props),
    ...checkSource(props.source),
    ...checkDestination(props.onFailure),
    ...(props.schemaRegistry === undefined ? [] : checkRegistry(props.schemaRegistry)),
    ...(props.handlerRegistry === undefined
      ? []
      : [
          ...checkUrl('handlerRegistry.url', props.handlerRegistry.url),
          ...checkOptionalSecret('handlerRegistry.secret', props.handlerRegistry.secret),
        ]),
  ];
  for (const field of ['partitions', 'maxRecordBytes'] as const) {
    const value = props[field];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    problems.push({ field, got: value, expected: 'a whole number of 1 or more' });
  }
  if (problems.length > 0) throw new PropsError(consumer, problems);
}

/** Options of a function, which one that exists already has for itself. */
const functionOptions = [
  'runtime',
  'architecture',
  'bundling',
  'vpc',
  'vpcSubnets',
  'securityGroups',
  'reservedConcurrency',
  'environmentKey',
  'tracing',
  'logRetention',
  'logKey',
] as const;

/** @throws PropsError `INVALID_PROPS` unless there is an entry or a function, and options for the former only */
export function checkFunctionChoice(
  consumer: string,
  props: Readonly<Partial<Record<'entry' | 'function' | (typeof functionOptions)[number], unknown>>>,
): void {
  const problems: Problem[] = [];
  if ((props.entry === undefined) === (props.function === undefined)) {
    const got = props.entry === undefined ? 'neither' : 'both';
    problems.push({ field: 'entry', got, expected: 'an entry to make a function from, or a function' });
  }
  for (const field of props.function === undefined ? [] : functionOptions) {
    if (props[field] === undefined) continue;
    problems.push({
      field,
      got: 'a value',
      expected: 'nothing together with function: set it where the function is created',
    });
  }
  if (problems.length > 0) throw new PropsError(consumer, problems);
}

function checkMapping({
  groupId,
  pollerGroup,
  startAt,
  filters = [],
  filterKey,
  definition,
}: CheckedProps): Problem[] {
  const problems: Problem[] = [];
  if (pollerGroup !== undefined && definition.provisionedPollers === false) {
    const expected =
      'nothing together with provisionedPollers: false in the definition, which has no pollers to share';
    problems.push({ field: 'pollerGroup', got: pollerGroup, expected });
  }
  if (!matches(groupId, groupPattern)) {
    problems.push({
      field: 'groupId',
      got: groupId,
      expected: '1..200 characters a-z A-Z 0-9 - / : _ + = . @',
    });
  }
  if (pollerGroup !== undefined && !matches(pollerGroup, pollerGroupPattern)) {
    problems.push({ field: 'pollerGroup', got: pollerGroup, expected: '1..128 characters a-z A-Z 0-9 - _' });
  }
  if (startAt !== undefined && Number.isNaN(startAt.getTime())) {
    problems.push({ field: 'startAt', got: String(startAt), expected: 'a valid date' });
  }
  if (filters.length > maxFilters) {
    problems.push({ field: 'filters', got: filters.length, expected: `0..${maxFilters} patterns` });
  }
  for (const [index, pattern] of filters.entries()) {
    const wrong = findPatternProblems(pattern);
    for (const { path, got, expected } of wrong)
      problems.push({ field: `filters[${index}]${path}`, got, expected });
    // One with problems may have no JSON, such as one with a BigInt.
    const { length } = wrong.length > 0 ? '' : JSON.stringify(pattern);
    if (length <= maxPatternCharacters) continue;
    problems.push({
      field: `filters[${index}]`,
      got: `${length} characters of JSON`,
      expected: `at most ${maxPatternCharacters}`,
    });
  }
  if (filterKey !== undefined && filters.length === 0) {
    problems.push({ field: 'filterKey', got: filterKey.keyArn, expected: 'filters as well' });
  }
  return problems;
}

const resourceNames = { s3: 'bucket', sqs: 'queue', sns: 'topic' } as const;

function checkDestination(onFailure: MappingOptions['onFailure']): Problem[] {
  if (onFailure === undefined || isOfCdk(onFailure)) return [];
  if (onFailure.type !== 'kafka-topic') {
    const name = resourceNames[onFailure.type];
    if (toResource(onFailure) !== undefined) return [];
    return [{ field: `onFailure.${name}`, got: undefined, expected: `the ${name} to write to` }];
  }
  if (matches(onFailure.topic, destinationTopicPattern)) return [];
  const expected = '4..249 characters a-z A-Z 0-9 . _ -, as AWS takes kafka://<topic> from 12 characters on';
  return [{ field: 'onFailure.topic', got: onFailure.topic, expected }];
}

function checkRegistry(registry: MappingRegistry): Problem[] {
  const { attributes } = registry;
  const problems: Problem[] = [];
  if (attributes !== undefined && (attributes.length === 0 || new Set(attributes).size < attributes.length)) {
    problems.push({ field: 'schemaRegistry.attributes', got: attributes, expected: 'KEY, VALUE, or both' });
  }
  if (registry.type !== 'glue') {
    return [
      ...problems,
      ...checkOptionalSecret('schemaRegistry.rootCACertificate', registry.rootCACertificate),
      ...(registry.type === 'confluent' ? [] : checkSecret('schemaRegistry.secret', registry.secret)),
      ...checkUrl('schemaRegistry.url', registry.url),
    ];
  }
  if (!matches(registry.registryArn, registryPattern)) {
    problems.push({
      field: 'schemaRegistry.registryArn',
      got: registry.registryArn,
      expected: "a Glue registry's ARN, arn:aws:glue:<region>:<account>:registry/<name>",
    });
  }
  return problems;
}

function checkUrl(field: string, url: string): Problem[] {
  if (Token.isUnresolved(url)) return [];
  const { protocol, username, password } = URL.canParse(url) ? new URL(url) : {};
  const expected = 'https://host or http://host, perhaps with a port and a path';
  if (protocol !== 'https:' && protocol !== 'http:') return [{ field, got: url, expected }];
  if (username === '' && password === '') return [];
  // Not shown: it is where a password may be, and a template would show it to everybody.
  return [{ field, got: 'a URL with credentials', expected: 'none in it; give them by a secret' }];
}
