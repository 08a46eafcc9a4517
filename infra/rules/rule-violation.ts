// Rules at synth: what AWS would deploy without a word and then not do. Each rule can be acknowledged by its id with
// a reason, which goes into the template; an acknowledgement that says nothing or answers nothing is refused itself.

import {
  deadLetterTopicIsSource,
  destinationIsFifo,
  destinationNotWritable,
  ungrantedOverride,
} from './destination.ts';
import { memoryBelowBudget, memoryBelowMeasuredPeak, recordAboveEventLimit } from './memory.ts';
import { groupNotUnique, sourceElsewhere } from './place.ts';
import {
  kafkaDestinationWithoutPollers,
  mappingLogsWithoutPollers,
  partialResponsesWithoutPollers,
  pollersAbovePartitions,
  retryControlsWithoutPollers,
} from './pollers.ts';
import {
  filterNotOnValue,
  filterOnCompressedValue,
  latestMissesRecords,
  serverlessWithoutIam,
  startTimeInFuture,
} from './reading.ts';
import {
  ageBelowWindowAndTimeout,
  bisectWithoutPartialResponses,
  dropsWithoutDestination,
  infiniteRetriesCapped,
  partialResponsesOff,
  timeoutAboveMappingLimit,
} from './retries.ts';
import type { Finding, RuleInput, Rule } from './rule.ts';
import { formatAgainstRegistry, schemaRegistryWithoutPollers } from './schema.ts';

const rules = {
  AGE_BELOW_WINDOW_AND_TIMEOUT: ageBelowWindowAndTimeout,
  BISECT_WITHOUT_PARTIAL_RESPONSES: bisectWithoutPartialResponses,
  DEAD_LETTER_TOPIC_IS_SOURCE: deadLetterTopicIsSource,
  DESTINATION_IS_FIFO: destinationIsFifo,
  DESTINATION_NOT_WRITABLE: destinationNotWritable,
  DROPS_WITHOUT_DESTINATION: dropsWithoutDestination,
  FILTER_NOT_ON_VALUE: filterNotOnValue,
  FILTER_ON_COMPRESSED_VALUE: filterOnCompressedValue,
  FORMAT_AGAINST_REGISTRY: formatAgainstRegistry,
  GROUP_NOT_UNIQUE: groupNotUnique,
  INFINITE_RETRIES_CAPPED: infiniteRetriesCapped,
  KAFKA_DESTINATION_WITHOUT_POLLERS: kafkaDestinationWithoutPollers,
  LATEST_MISSES_RECORDS: latestMissesRecords,
  MAPPING_LOGS_WITHOUT_POLLERS: mappingLogsWithoutPollers,
  MEMORY_BELOW_BUDGET: memoryBelowBudget,
  MEMORY_BELOW_MEASURED_PEAK: memoryBelowMeasuredPeak,
  PARTIAL_RESPONSES_OFF: partialResponsesOff,
  PARTIAL_RESPONSES_WITHOUT_POLLERS: partialResponsesWithoutPollers,
  POLLERS_ABOVE_PARTITIONS: pollersAbovePartitions,
  RECORD_ABOVE_EVENT_LIMIT: recordAboveEventLimit,
  RETRY_CONTROLS_WITHOUT_POLLERS: retryControlsWithoutPollers,
  SCHEMA_REGISTRY_WITHOUT_POLLERS: schemaRegistryWithoutPollers,
  SERVERLESS_WITHOUT_IAM: serverlessWithoutIam,
  SOURCE_ELSEWHERE: sourceElsewhere,
  START_TIME_IN_FUTURE: startTimeInFuture,
  TIMEOUT_ABOVE_MAPPING_LIMIT: timeoutAboveMappingLimit,
  UNGRANTED_OVERRIDE: ungrantedOverride,
} as const satisfies Readonly<Record<string, Rule>>;

/** The name of a rule, to acknowledge it by. */
export type RuleId = keyof typeof rules;

/** Every rule, by name. */
export const ruleIds: readonly RuleId[] = Object.keys(rules) as RuleId[];

/** Rules that may be broken, each with the reason why that is right here. */
export type Acknowledgements = Readonly<Partial<Record<RuleId, string>>>;

/** A rule that is broken, and how. */
export interface RuleViolation extends Finding {
  readonly rule: RuleId;
}

/** A consumer that AWS would deploy, and that would not do there what it says. */
export class RuleViolationError extends Error {
  override readonly name = 'RuleViolationError';
  readonly code = 'RULE_VIOLATION';
  /** The rules at fault, and the acknowledgements at fault by the rule that they name. */
  readonly rules: readonly string[];

  constructor(
    consumer: string,
    violations: readonly RuleViolation[],
    acknowledged: readonly AcknowledgementProblem[],
  ) {
    const lines = [
      ...violations.map(
        ({ rule, field, got, why, remedy }) => `${rule}: ${field}: got ${shown(got)}; ${why}; ${remedy}`,
      ),
      ...acknowledged.map(
        ({ rule, got, expected }) => `acknowledge.${rule}: got ${shown(got)}, expected ${expected}`,
      ),
    ];
    super(
      `consumer ${JSON.stringify(consumer)} breaks rules; correct it, or acknowledge a rule with the reason, ` +
        `such as acknowledge: { ${violations[0]?.rule ?? 'RULE'}: 'why it is right here' }:\n  ${lines.join('\n  ')}`,
    );
    this.rules = [...violations, ...acknowledged].map(({ rule }) => rule);
  }
}

interface AcknowledgementProblem {
  readonly rule: string;
  readonly got: unknown;
  readonly expected: string;
}

/** Every rule that a consumer breaks. */
function findViolations(input: RuleInput): readonly RuleViolation[] {
  return ruleIds.flatMap((rule) => {
    const finding = rules[rule](input);
    return finding === undefined ? [] : [{ rule, ...finding }];
  });
}

/**
 * Lets pass what breaks no rule but acknowledged ones.
 *
 * @throws RuleViolationError `RULE_VIOLATION` with every rule broken, and every acknowledgement without a reason or a broken rule
 */
export function checkRules(input: RuleInput, acknowledge: Acknowledgements = {}): void {
  const found = findViolations(input);
  const open = found.filter(({ rule }) => acknowledge[rule] === undefined);
  const problems = Object.entries(acknowledge).flatMap(([rule, reason]) => {
    if (reason === undefined) return [];
    if (!(rule in rules)) return { rule, got: reason, expected: `one of ${ruleIds.join(', ')}; take it out` };
    if (typeof reason !== 'string' || reason.trim() === '')
      return { rule, got: reason, expected: 'the reason why the rule may be broken here' };
    if (!found.some((each) => each.rule === rule))
      return { rule, got: reason, expected: 'nothing, since the rule is not broken; take it out' };
    return [];
  });
  if (open.length + problems.length > 0) throw new RuleViolationError(input.definition.name, open, problems);
}

function shown(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}
