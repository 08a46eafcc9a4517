// The zoo at length: `node test/e2e/retention-zoo/run.ts --list leaking --memory 128 [--invocations 2500] [--work 60000]
// [--only text] [--plain]`. Prints a row for each animal, and what they come to; fails when a healthy one is suspected, or a leak
// that fills its memory within 2,000 invocations is found after half of it. --work bounds the records of 800 bytes that each gets.

import { parseArgs } from 'node:util';

import type { Animal } from './animal.ts';
import { lists, type ListName } from './lists.ts';
import { visitAll, type Visit, type VisitOptions } from './visit.ts';

const { values } = parseArgs({
  options: {
    list: { type: 'string', default: 'leaking' },
    memory: { type: 'string', default: '512' },
    invocations: { type: 'string', default: '2500' },
    work: { type: 'string', default: '100000000' },
    only: { type: 'string', default: '' },
    from: { type: 'string', default: '0' },
    to: { type: 'string', default: '1000' },
    plain: { type: 'boolean', default: false },
  },
});
const list = values.list as ListName;
const animals: readonly Animal[] = lists[list]();
const isLeaking = list.endsWith('leaking');
const options = animals.flatMap((animal, index): VisitOptions[] => {
  if (!animal.name.includes(values.only) || index < Number(values.from) || index >= Number(values.to))
    return [];
  const invocations = Math.min(
    Number(values.invocations),
    Math.max(200, Number(values.work) / workOf(animal)),
  );
  return [
    {
      list,
      index,
      invocations: Math.round(invocations),
      memoryMb: Number(values.memory),
      isPlain: values.plain,
    },
  ];
});
const totals = { animals: 0, asExpected: 0, invocations: 0 };
const ratios: number[] = [];

await visitAll(options, ({ index, invocations }, visit) => {
  const animal = animals[index];
  if (!animal) return;
  const isAsExpected = isLeaking ? isInTime(animal, visit) : visit.findings.length === 0;
  totals.animals++;
  totals.asExpected += isAsExpected ? 1 : 0;
  totals.invocations += visit.fullAt ?? invocations;
  if (!isAsExpected) process.exitCode = 1;
  process.stdout.write(
    `${isAsExpected ? 'ok    ' : 'FAILED'} ${animal.name.padEnd(60)} ${describe(animal, visit)}\n`,
  );
});
const calibrated = ratios.filter((ratio) => ratio > 1 / 1.5 && ratio < 1.5).length;
const ends =
  ratios.length > 0 ? `; the end foretold within a factor of 1.5: ${calibrated} of ${ratios.length}` : '';
process.stdout.write(
  `${totals.asExpected} of ${totals.animals} as expected, ${totals.invocations} invocations${ends}\n`,
);

/** Records of 800 bytes in an event. */
function workOf({ diet = {} }: Animal): number {
  const { records = 20, otherRecords = records, recordBytes = 800, isMixed = false } = diet;
  return isMixed ? 500 : (Math.max(records, otherRecords) * recordBytes) / 800;
}

/** Whether at least half of the time was left; one that does not fill its memory in 2,000 invocations may stay unfound. */
function isInTime({ leaksFrom = 1 }: Animal, { findings: [first], fullAt }: Visit): boolean {
  if (fullAt === undefined || fullAt - leaksFrom > 2000)
    return first === undefined || first.invocation >= leaksFrom;
  return first !== undefined && (first.invocation - leaksFrom) * 2 <= fullAt - leaksFrom;
}

function describe({ leaksFrom = 1 }: Animal, { findings, fullAt }: Visit): string {
  const [first] = findings;
  const end = fullAt === undefined ? 'not full' : `full after ${fullAt - leaksFrom}`;
  if (!first) return `nothing said, ${end}`;
  const { bytesPerInvocation, invocationsLeft, where } = first.finding;
  const ratio = fullAt === undefined ? undefined : invocationsLeft / (fullAt - first.invocation);
  if (ratio !== undefined) ratios.push(ratio);
  const line = findings.find(({ finding }) => finding.lines)?.finding.lines?.[0];
  const after = `found after ${first.invocation - leaksFrom}, ${end}`;
  const foretold = `${invocationsLeft} left${ratio === undefined ? '' : ` (x ${ratio.toFixed(2)})`}`;
  return `${after}, ${Math.round(bytesPerInvocation / 1024)} KB, ${foretold}, ${where}${line ? `, ${line.function} ${line.at}` : ''}`;
}
