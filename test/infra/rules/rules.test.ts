// Each rule on its trap, silent on the nearest legal neighbour, and passed on purpose only: with a reason.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { KafkaConsumerProps } from '../../../infra/kafka-consumer.ts';
import { RuleViolationError, ruleIds, type RuleId } from '../../../infra/rules/rule-violation.ts';
import { add, define, none, type Case } from './case.ts';
import { deliveryCases } from './delivery-cases.ts';
import { memoryCases } from './memory-cases.ts';
import { readingCases } from './reading-cases.ts';

const cases: readonly Case[] = [...deliveryCases, ...readingCases, ...memoryCases];

// 70 for Node and the runtime, 19.4 for an event, 16 under way, 1 of scratch.
const leastMb = 107;

const because = (...rules: readonly RuleId[]): Readonly<Partial<Record<RuleId, string>>> =>
  Object.fromEntries(rules.map((rule) => [rule, 'tried on purpose']));

function assertViolations(props: Partial<KafkaConsumerProps>, rules: readonly string[]): RuleViolationError {
  let violation: unknown;
  assert.throws(
    () => add(props),
    (error) => {
      violation = error;
      return error instanceof RuleViolationError;
    },
  );
  assert.ok(violation instanceof RuleViolationError);
  assert.equal(violation.code, 'RULE_VIOLATION');
  assert.deepEqual(violation.rules.toSorted(), rules.toSorted(), violation.message);
  return violation;
}

for (const { rule, why, trap, neighbour, also = [], neighbourAlso = [] } of cases) {
  const name = why === undefined ? rule : `${rule} (${why})`;
  test(`refuses ${name}, unless it is acknowledged with a reason`, () => {
    const { message } = assertViolations({ ...trap, acknowledge: because(...also) }, [rule]);
    assert.match(message, new RegExp(`\n  ${rule}: [\\w.]+: got .+; .+; .+$`));
    assertViolations({ ...trap, acknowledge: { ...because(...also), [rule]: ' ' } }, [rule]);
    add({ ...trap, acknowledge: because(rule, ...also) });
  });

  test(`has nothing against the neighbour of ${name}`, () => {
    add({ ...neighbour, acknowledge: because(...neighbourAlso) });
    assertViolations({ ...neighbour, acknowledge: because(rule, ...neighbourAlso) }, [rule]);
  });
}

test('tries every rule', () => {
  assert.deepEqual([...new Set(cases.map(({ rule }) => rule))].toSorted(), ruleIds.toSorted());
});

test('has nothing against the defaults, also in the least memory they take', () => {
  add({});
  add({ definition: define({ memory: { sizeMb: 128 }, concurrency: 16 }) });
  assertViolations(
    {
      definition: {
        ...define({ concurrency: 16 }),
        memory: { sizeMb: leastMb - 1, measuredPeakMb: none, measuredFor: none },
      },
    },
    ['MEMORY_BELOW_BUDGET'],
  );
  add({
    definition: {
      ...define({ concurrency: 16 }),
      memory: { sizeMb: leastMb, measuredPeakMb: none, measuredFor: none },
    },
  });
});

test('refuses to acknowledge a rule that does not exist', () => {
  const acknowledge = { NO_SUCH_RULE: 'why not' } as KafkaConsumerProps['acknowledge'] & object;
  assertViolations({ acknowledge }, ['NO_SUCH_RULE']);
});

test('names all that is wrong at once', () => {
  assertViolations(
    {
      definition: define({ startingPosition: 'LATEST', provisionedPollers: { max: 9 } }),
      partitions: 3,
      acknowledge: { FILTER_NOT_ON_VALUE: 'none is there' },
    },
    ['FILTER_NOT_ON_VALUE', 'LATEST_MISSES_RECORDS', 'POLLERS_ABOVE_PARTITIONS'],
  );
});

test('describes every rule in the guide', () => {
  const guide = readFileSync(new URL('../../../docs/reference/infrastructure.md', import.meta.url), 'utf8');
  const described = [...guide.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, rule]) => rule);
  assert.deepEqual(described.toSorted(), ruleIds.toSorted());
});
