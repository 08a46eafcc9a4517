// `npm run mutants`: what the command line may say, and how the result is told.

import { exitCode } from '../../tools/exit-code.ts';
import { UsageError, type Command, type CommandIo, type OptionValues } from '../../tools/command.ts';
import { toTable } from '../../tools/terminal/table.ts';
import { createRandom } from '../../tools/traffic/random.ts';
import { areas } from './areas.ts';
import { nameMutants, type NamedMutant } from './mutant.ts';
import { runSuite, type MutantResult } from './suite.ts';

const defaultWorkers = 2;
const defaultSeed = 1;

/** The command's data. */
export const mutantsCommand: Command = {
  name: 'mutants',
  summary: 'plants faults in a copy of the project, one by one, and sees that some test notices each',
  about: [
    'Each mutant is a small fault in the code, or in what judges it: a record dropped, a commit too early, a bound removed. ' +
      'It is planted in a temporary copy of the project, and the test files that it names are run there: one must fail, or not end, ' +
      'and must pass without it. A mutant that survives is a missing test.',
    'Exit code 0: every mutant was caught, or its survival is explained in the list; 1: one survived without that, or its tests fail ' +
      'without it; 2: the command line is wrong; 3: a mutant cannot be planted, since its file has changed.',
  ],
  options: {
    only: {
      kind: 'text',
      valueName: 'WORDS',
      summary: 'mutants whose area, fault or file has these words',
      byDefault: 'all',
    },
    share: {
      kind: 'text',
      valueName: 'SHARE',
      summary: 'a seeded choice of them, 0.01 up to 1',
      byDefault: '1',
    },
    seed: {
      kind: 'integer',
      summary: 'the same seed chooses the same mutants',
      range: [0, 4_294_967_295],
      byDefault: String(defaultSeed),
    },
    workers: {
      kind: 'integer',
      summary: 'mutants at a time',
      range: [1, 64],
      byDefault: String(defaultWorkers),
    },
    list: { kind: 'flag', summary: 'lists the mutants, and runs none' },
    json: {
      kind: 'flag',
      summary: 'prints the result as one JSON document, and nothing else, on standard output',
    },
  },
  examples: [
    ['npm run mutants', 'all of them, about half an hour on two cores'],
    ['npm run mutants -- --only "byte budget"', 'those that have these words'],
    ['npm run mutants -- --share 0.1 --seed 7', 'a tenth, as in CI'],
  ],
  run,
};

async function run(values: OptionValues, { stdout, stderr, signal }: CommandIo): Promise<number> {
  const mutants = chooseMutants(nameMutants(areas), {
    only: values['only'] as string | undefined,
    share: toShare((values['share'] as string | undefined) ?? '1'),
    seed: (values['seed'] as number | undefined) ?? defaultSeed,
  });
  if (values['list'] === true) {
    for (const { name, file } of mutants) stdout.write(`${name} (${file})\n`);
    return exitCode.ok;
  }
  const results = await runSuite({
    source: new URL('../..', import.meta.url).pathname,
    mutants,
    workers: (values['workers'] as number | undefined) ?? defaultWorkers,
    signal,
    onResult: (result, done) => stderr.write(`${toProgress(result, done, mutants.length)}\n`),
  });
  stdout.write(values['json'] === true ? `${JSON.stringify(toJson(results))}\n` : toReport(results));
  return results.some(isWrong) ? exitCode.wrong : exitCode.ok;
}

function toShare(text: string): number {
  const share = Number(text);
  if (share >= 0.01 && share <= 1) return share;
  throw new UsageError(`--share is out of range, got ${JSON.stringify(text)}, expected 0.01 up to 1`);
}

/** The mutants that have the words, and of those a seeded share without the slow ones, in their order. */
export function chooseMutants(
  all: readonly NamedMutant[],
  { only, share, seed }: { readonly only: string | undefined; readonly share: number; readonly seed: number },
): readonly NamedMutant[] {
  const words = only?.toLowerCase() ?? '';
  const found = all.filter(
    ({ name, file, isSlow }) =>
      `${name} ${file}`.toLowerCase().includes(words) && (share === 1 || isSlow !== true),
  );
  if (found.length === 0)
    throw new UsageError(`--only finds no mutant, got ${JSON.stringify(only)}; --list lists them all`);
  const random = createRandom(seed);
  const drawn = found.map((mutant) => ({ mutant, ticket: random.next() }));
  const count = Math.max(1, Math.ceil(found.length * share));
  const chosen = new Set(
    drawn
      .toSorted((a, b) => a.ticket - b.ticket)
      .slice(0, count)
      .map(({ mutant }) => mutant),
  );
  return found.filter((mutant) => chosen.has(mutant));
}

/** Whether the suite fails for it. */
export function isWrong({ outcome, mutant }: MutantResult): boolean {
  return outcome === 'unjudged' || (outcome === 'survived' && mutant.uncaught === undefined);
}

function toProgress(
  { mutant, outcome, by, test, milliseconds }: MutantResult,
  done: number,
  all: number,
): string {
  const word = outcome === 'survived' && mutant.uncaught !== undefined ? 'explained' : outcome;
  const where = by === undefined ? '' : `\n           ${by}${test === undefined ? '' : `: ${test}`}`;
  const seconds = (milliseconds / 1000).toFixed(1);
  return `${String(done).padStart(String(all).length)}/${all}  ${word.padEnd(9)} ${seconds.padStart(5)} s  ${mutant.name}${where}`;
}

function toReport(results: readonly MutantResult[]): string {
  const head = ['area', 'mutants', 'caught', 'explained', 'uncaught'];
  const toRow = (name: string, some: readonly MutantResult[]): string[] => {
    const caught = some.filter(({ outcome }) => outcome === 'caught' || outcome === 'hung').length;
    const wrong = some.filter(isWrong).length;
    return [name, ...[some.length, caught, some.length - caught - wrong, wrong].map(String)];
  };
  const byArea = Map.groupBy(results, ({ mutant }) => mutant.area);
  const rows = [...byArea].map(([area, some]) => toRow(area, some));
  const lines = [...toTable(head, [...rows, toRow('all', results)])];
  for (const result of results) {
    const { mutant, outcome, by, test } = result;
    if (outcome === 'survived')
      lines.push(
        '',
        `${mutant.uncaught === undefined ? 'UNCAUGHT' : 'explained'}: ${mutant.name} (${mutant.file})`,
        mutant.uncaught ?? `no test of ${mutant.caughtBy.join(', ')} notices`,
      );
    else if (outcome === 'unjudged')
      lines.push('', `UNJUDGED: ${mutant.name}`, `${by} fails or is skipped without it: ${test ?? ''}`);
    else if (mutant.uncaught !== undefined)
      lines.push('', `caught after all: ${mutant.name}; take its explanation out of the list`);
  }
  return `${lines.join('\n')}\n`;
}

function toJson(results: readonly MutantResult[]): object {
  return {
    mutants: results.length,
    caught: results.filter(({ outcome }) => outcome === 'caught' || outcome === 'hung').length,
    wrong: results.filter(isWrong).length,
    results: results.map(({ mutant, ...rest }) => ({
      name: mutant.name,
      file: mutant.file,
      ...(mutant.uncaught !== undefined && { uncaught: mutant.uncaught }),
      ...rest,
    })),
  };
}
