// The smallest memory size at which a candidate survives the heaviest events: 20 of them in one warm environment, three times
// over, under a control group. The group's limit is the figure: it leaves out Node's own executable, about 50 MB of a
// function's resident memory that no candidate can do anything about. Takes shapes as arguments; default all.
import { chooseMemoryCap } from '../tools/local/sandbox/memory/memory-cap.ts';
import { candidates, startCandidate, type Candidate } from './candidate.ts';
import { createHeavyEvent, shapes, type HeavyEvent, type Shape } from './heavy-events.ts';
import { saveResult } from './report.ts';

const events = 20;
const passes = 3;
const stepMb = 8;
const largestMb = 512;
// What capMemory takes off a memory size for Node's executable.
const sharedTextMb = 50;

/** Whether the candidate takes all events under that limit. */
async function survives(candidate: Candidate, event: HeavyEvent, limitMb: number): Promise<boolean> {
  const { host, close } = await startCandidate(candidate, limitMb + sharedTextMb);
  try {
    for (let n = 0; n < events; n++) {
      const { result } = await host.invoke({ event: event.text });
      if (result.kind === 'crash') return false;
      if (result.kind !== 'response') throw new Error(`${candidate}: ${result.kind}, ${result.errorMessage}`);
      const { batchItemFailures } = JSON.parse(result.body) as { readonly batchItemFailures: readonly [] };
      // Records that are declined for their memory come again on Lambda; here they do not count as survived.
      if (batchItemFailures.length > 0) return false;
    }
    return true;
  } finally {
    await close();
  }
}

/** Looks for it by halving, one pass a limit, and goes up from there to the first limit that all passes survive. */
async function findSmallest(candidate: Candidate, event: HeavyEvent): Promise<number | undefined> {
  let failing = 1;
  let surviving = largestMb / stepMb + 1;
  while (surviving - failing > 1) {
    const middle = Math.floor((surviving + failing) / 2);
    if (await survives(candidate, event, middle * stepMb)) surviving = middle;
    else failing = middle;
  }
  for (let limitMb = surviving * stepMb; limitMb <= largestMb; limitMb += stepMb) {
    let pass = 0;
    while (pass < passes && (await survives(candidate, event, limitMb))) pass++;
    if (pass === passes) return limitMb;
  }
  return undefined;
}

const kind = chooseMemoryCap();
if (kind === 'watchdog') throw new Error('no control group can be made here; the bench needs one');
const names = Object.keys(candidates) as Candidate[];
const results: {
  readonly shape: Shape;
  readonly records: number;
  readonly limitMb: Record<string, number | null>;
}[] = [];
process.stdout.write(`memory: ${events} events, ${passes} times, by ${kind}; MB above Node's executable\n`);
process.stdout.write(`  ${''.padEnd(10)}${names.map((name) => candidates[name].padStart(24)).join('')}\n`);
const asked = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
for (const shape of (Object.keys(shapes) as Shape[]).filter(
  (each) => asked.length === 0 || asked.includes(each),
)) {
  const event = createHeavyEvent(shape);
  const limitMb: Record<string, number | null> = {};
  process.stdout.write(`  ${shape.padEnd(10)}`);
  for (const name of names) {
    const found = await findSmallest(name, event);
    limitMb[name] = found ?? null;
    process.stdout.write(String(found ?? `over ${largestMb}`).padStart(24));
  }
  process.stdout.write(`   ${event.records} records: ${shapes[shape]}\n`);
  results.push({ shape, records: event.records, limitMb });
}
if (process.argv.includes('--save'))
  saveResult('memory', { note: `${events} events, ${passes} passes`, results });
