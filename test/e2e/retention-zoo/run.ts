// The zoo at full length: `node test/e2e/retention-zoo/run.ts [--invocations 10000] [--only text] [--plain]`. Prints a row
// for each animal; fails when a leak is found too late or a healthy one is suspected. --plain: without Lambda's flags.

import { parseArgs } from 'node:util';

import type { Animal } from './animal.ts';
import { healthy } from './healthy.ts';
import { leaking } from './leaking.ts';
import { visitAll, type Finding, type VisitOptions } from './visit.ts';

const { values } = parseArgs({
  options: {
    invocations: { type: 'string', default: '10000' },
    only: { type: 'string', default: '' },
    plain: { type: 'boolean', default: false },
  },
});
const flags = values.plain ? [] : undefined;
const invocations = Number(values.invocations);
const wanted = (animal: Animal): boolean => animal.name.includes(values.only);

const row = (name: string, isAsExpected: boolean, text: string): void => {
  process.stdout.write(`${isAsExpected ? 'ok    ' : 'FAILED'} ${name.padEnd(52)} ${text}\n`);
  if (!isAsExpected) process.exitCode = 1;
};

const leaks = (animal: Animal): VisitOptions => {
  const { leaksFrom = 1, foundWithin = 100 } = animal;
  return { invocations: leaksFrom + 2 * foundWithin, flags };
};
process.stdout.write('leaking: found after, rate, kind\n');
await visitAll(leaking.filter(wanted), leaks, (animal, findings) => {
  const [first] = findings;
  const after = first && 1 + first.invocation - (animal.leaksFrom ?? 1);
  const isFound = after !== undefined && after <= (animal.foundWithin ?? 100);
  row(animal.name, isFound, first ? `${after} invocations, ${describe(findings)}` : 'not found');
});
process.stdout.write(`healthy: ${invocations} invocations each\n`);
await visitAll(
  healthy.filter(wanted).toSorted((a, b) => sizeOf(a) - sizeOf(b)),
  () => ({ invocations, flags }),
  (animal, findings) => {
    const [first] = findings;
    row(animal.name, !first, first ? `suspected at ${first.invocation}, ${describe(findings)}` : 'silent');
  },
);

/** Bytes of an event; the small ones go first, so that something can be seen soon. */
function sizeOf({ diet = {} }: Animal): number {
  const { records = 20, otherRecords = records, recordBytes = 800 } = diet;
  return diet.isMixed ? 400_000 : Math.max(records, otherRecords) * recordBytes;
}

function describe(findings: readonly Finding[]): string {
  const rate = Math.round((findings[0]?.finding.bytesPerInvocation ?? 0) / 1024);
  const kind = findings.findLast(({ finding }) => finding.kind)?.finding.kind ?? 'kind unknown';
  return `${rate} KB/invocation, ${kind}`;
}
