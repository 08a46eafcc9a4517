// Each rule on what it refuses, silent on the nearest legal neighbour, and passed on purpose only: with a reason.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { toReference } from '../../../infra/rules/reference.ts';
import type { Example } from '../../../infra/rules/rule.ts';
import { RuleViolationError, type Acknowledgements } from '../../../infra/rules/rule-violation.ts';
import { ruleIds, rules } from '../../../infra/rules/rules.ts';
import { addExample, createKit, createSite } from './example-consumer.ts';

const shared = createSite();

const because = (ids: readonly string[]): Acknowledgements =>
  Object.fromEntries(ids.map((id) => [id, 'tried on purpose']));

function add(example: Example, acknowledge?: Acknowledgements): void {
  // Examples with others before them count over an app: each gets one of its own.
  const props = typeof example === 'function' ? example(createKit(shared.stack)) : example;
  addExample(props.others === undefined ? shared : createSite(), example, acknowledge);
}

function assertViolations(example: Example, acknowledge: Acknowledgements, ids: readonly string[]): string {
  let message = '';
  assert.throws(
    () => add(example, acknowledge),
    (error) => {
      assert.ok(error instanceof RuleViolationError, String(error));
      assert.equal(error.code, 'RULE_VIOLATION');
      assert.deepEqual(error.rules.toSorted(), ids.toSorted(), error.message);
      message = error.message;
      return true;
    },
  );
  return message;
}

for (const id of ruleIds) {
  for (const { about, failing, passing, bothAlso = [], failingAlso = [] } of rules[id].proofs) {
    const name = about === undefined ? id : `${id} (${about})`;
    const also = [...bothAlso, ...failingAlso];

    test(`refuses ${name}, unless it is acknowledged with a reason`, () => {
      const message = assertViolations(failing, because(also), [id]);
      assert.match(message, new RegExp(`\n  ${id}: [\\w.]+: got .+; .+; .+$`));
      assertViolations(failing, { ...because(also), [id]: ' ' }, [id]);
      add(failing, because([id, ...also]));
    });

    test(`has nothing against the neighbour of ${name}`, () => {
      add(passing, because(bothAlso));
      assertViolations(passing, because([id, ...bothAlso]), [id]);
    });
  }
}

test('states for every rule where it is known from', () => {
  for (const id of ruleIds) {
    for (const { kind, from, says, date } of rules[id].evidence) {
      assert.ok(from.length > 3 && says.length > 10, id);
      if (date === undefined) assert.equal(kind, 'arithmetic', id);
      // A day says that somebody got that answer, or measured it, on it.
      else if (kind === 'aws-answer' || kind === 'arithmetic') assert.match(date, /^2026-\d\d-\d\d$/, id);
      else assert.match(date, /^2026-\d\d$/, id);
    }
    assert.doesNotMatch(rules[id].refuses, /\.$/);
  }
});

// 70 for Node and the runtime, 19.4 for an event, 16 under way, 1 of scratch.
const leastMb = 107;

test('has nothing against the defaults, also in the least memory they take', () => {
  add({});
  add({ definition: { memory: { sizeMb: 128 }, concurrency: 16 } });
  const of = (sizeMb: number): Example => ({
    definition: { concurrency: 16 },
    hand: { memory: { sizeMb, measuredPeakMb: undefined, measuredFor: undefined } },
  });
  assertViolations(of(leastMb - 1), {}, ['MEMORY_BELOW_BUDGET']);
  // Lambda has no less than 128 MB, which CDK's own function says first.
});

test('has nothing against pollers on demand that the definition asks for', () => {
  add({ definition: { provisionedPollers: false } });
});

test('refuses to acknowledge a rule that does not exist', () => {
  assertViolations({}, { NO_SUCH_RULE: 'why not' } as Acknowledgements, ['NO_SUCH_RULE']);
});

test('names all that is wrong at once', () => {
  assertViolations(
    { definition: { startingPosition: 'LATEST', provisionedPollers: { max: 9 } }, partitions: 3 },
    { FILTER_NOT_ON_VALUE: 'none is there' },
    ['FILTER_NOT_ON_VALUE', 'LATEST_MISSES_RECORDS', 'POLLERS_ABOVE_PARTITIONS'],
  );
});

test('is described in the reference as it is', () => {
  const page = readFileSync(new URL('../../../docs/reference/rules.md', import.meta.url), 'utf8');
  assert.equal(page, toReference(), 'run node infra/rules/reference.ts');
});
