// Which records a mapping never sees, although nothing says so.

import { isMsk, isServerless } from '../source/source.ts';
import type { Finding, RuleInput } from './rule.ts';
import { isValidated } from './schema.ts';

/** `LATEST_MISSES_RECORDS` */
export function latestMissesRecords({ mapping }: RuleInput): Finding | undefined {
  if (mapping.StartingPosition !== 'LATEST') return undefined;
  return {
    field: 'startingPosition',
    got: 'LATEST',
    why: 'the mapping takes minutes to start, and what is produced meanwhile is never read',
    remedy:
      'use TRIM_HORIZON, or the prop startAt with the moment of deployment; or acknowledge, saying why records may be missed',
  };
}

/** `START_TIME_IN_FUTURE` */
export function startTimeInFuture({ mapping, now }: RuleInput): Finding | undefined {
  const seconds = mapping.StartingPositionTimestamp;
  if (seconds === undefined || seconds * 1000 <= now) return undefined;
  return {
    field: 'startAt',
    got: new Date(seconds * 1000).toISOString(),
    why: 'AWS takes no starting position in the future, and fails the deployment',
    remedy: 'name a moment that has passed, or will have by the time of deployment',
  };
}

/** `SERVERLESS_WITHOUT_IAM` */
export function serverlessWithoutIam({ source }: RuleInput): Finding | undefined {
  if (!isMsk(source) || source.type === 'msk-iam' || isServerless(source) !== true) return undefined;
  return {
    field: 'source.type',
    got: `${source.type} for the serverless cluster ${source.clusterArn}`,
    why: 'MSK Serverless has IAM authentication only; the mapping would find no listener to connect to',
    remedy: "use type 'msk-iam'",
  };
}

/** `FILTER_NOT_ON_VALUE` */
export function filterNotOnValue({ mapping }: RuleInput): Finding | undefined {
  const fields = readPatterns(mapping.FilterCriteria).flatMap((pattern) => Object.keys(pattern));
  const others = [...new Set(fields.filter((name) => name !== 'value'))];
  if (others.length === 0) return undefined;
  return {
    field: 'filters',
    got: others,
    why: 'for Kafka AWS filters by value alone; other fields match in no documented way, and what does not match is committed unread',
    remedy: 'filter by value, or in the handler',
  };
}

/** `FILTER_ON_COMPRESSED_VALUE` */
export function filterOnCompressedValue(input: RuleInput): Finding | undefined {
  const { definition, mapping } = input;
  const hasValue = readPatterns(mapping.FilterCriteria).some((pattern) => 'value' in pattern);
  // With a schema registry AWS filters what it has decoded by the schema.
  if (!hasValue || definition.compression === 'none' || isValidated(input, 'VALUE')) return undefined;
  return {
    field: 'filters',
    got: `a filter by value with compression ${JSON.stringify(definition.compression)}`,
    why: 'a compressed value is no text to AWS, which then ignores the filter and lets every record pass',
    remedy: "set compression to 'none' where values are never compressed, or filter in the handler",
  };
}

function readPatterns(criteria: RuleInput['mapping']['FilterCriteria']): readonly object[] {
  return (criteria?.Filters ?? []).flatMap(({ Pattern }) => {
    const pattern = parseJson(Pattern ?? '{}');
    return typeof pattern === 'object' && pattern !== null ? [pattern] : [];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // An override's pattern that is known only at deployment, or no JSON, which AWS refuses by itself.
    return undefined;
  }
}
