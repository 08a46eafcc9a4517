// Plants one mutant after the other and runs the tests that must notice. A mutant counts as caught only when the same tests
// pass without it, in the same copy of the project.

import type { NamedMutant } from './mutant.ts';
import { runTestFile, type TestRun } from './test-run.ts';
import { copyTree, type Tree } from './tree.ts';

/** What became of a mutant. */
export interface MutantResult {
  readonly mutant: NamedMutant;
  /**
   * - `caught`: a test failed. `hung`: one did not end, which counts as caught.
   * - `survived`: all passed. `unjudged`: tests of it fail, or are all skipped, without it as well.
   */
  readonly outcome: 'caught' | 'hung' | 'survived' | 'unjudged';
  /** The test file, and in it the first test that noticed, or that keeps the mutant from being judged. */
  readonly by: string | undefined;
  readonly test: string | undefined;
  readonly milliseconds: number;
}

/** What a suite runs on. */
export interface SuiteOptions {
  /** The project's folder. */
  readonly source: string;
  readonly mutants: readonly NamedMutant[];
  /** Copies of the project, and so mutants at a time. */
  readonly workers: number;
  /** Least time that a test file has with a mutant; six times as long as without it, if that is more. Default 30,000. */
  readonly leastTimeoutMs?: number;
  readonly signal: AbortSignal;
  readonly onResult: (result: MutantResult, done: number) => void;
}

// Far more than any of these tests takes by itself; one that hangs must not hold up the suite.
const baselineTimeoutMs = 600_000;
const defaultTimeoutMs = 30_000;
// Two workers share the machine with each other, and at times with others.
const patience = 6;

/** Runs the suite; results in the order of the mutants. @throws PlantError `NOT_PLANTED` before any test has run */
export async function runSuite(options: SuiteOptions): Promise<readonly MutantResult[]> {
  const { mutants, workers, source, leastTimeoutMs = defaultTimeoutMs, signal, onResult } = options;
  const trees: Tree[] = [];
  const results = new Map<NamedMutant, MutantResult>();
  try {
    for (let at = 0; at < Math.max(1, Math.min(workers, mutants.length)); at++)
      trees.push(await copyTree(source));
    const [first] = trees;
    for (const mutant of mutants) await first?.withMutants([mutant], async () => {});
    const baselines = createBaselines(signal);
    let next = 0;
    const work = async (tree: Tree): Promise<void> => {
      for (let mutant = mutants[next++]; mutant !== undefined; mutant = mutants[next++]) {
        const result = await judge(mutant, { tree, baselines, leastTimeoutMs, signal });
        results.set(mutant, result);
        onResult(result, results.size);
      }
    };
    await Promise.all(trees.map(work));
  } finally {
    await Promise.all(trees.map(async (tree) => await tree.remove()));
  }
  return mutants.flatMap((mutant) => results.get(mutant) ?? []);
}

type Baselines = (file: string, tree: Tree) => Promise<TestRun>;

/** Each test file once, without a mutant. */
function createBaselines(signal: AbortSignal): Baselines {
  const runs = new Map<string, Promise<TestRun>>();
  return async (file, { root }) => {
    const run = runs.get(file) ?? runTestFile(file, { root, timeoutMs: baselineTimeoutMs, signal });
    runs.set(file, run);
    return await run;
  };
}

interface Judging {
  readonly tree: Tree;
  readonly baselines: Baselines;
  readonly leastTimeoutMs: number;
  readonly signal: AbortSignal;
}

async function judge(
  mutant: NamedMutant,
  { tree, baselines, leastTimeoutMs, signal }: Judging,
): Promise<MutantResult> {
  const startedMs = performance.now();
  const end = (outcome: MutantResult['outcome'], by?: string, test?: string): MutantResult => ({
    mutant,
    outcome,
    by,
    test,
    milliseconds: performance.now() - startedMs,
  });
  let unjudged: { readonly by: string; readonly test: string | undefined } | undefined;
  for (const file of mutant.caughtBy) {
    const baseline = await baselines(file, tree);
    if (baseline.outcome !== 'passed' || baseline.passed === 0) {
      unjudged ??= { by: file, test: baseline.failedTest };
      continue;
    }
    const timeoutMs = Math.max(leastTimeoutMs, baseline.milliseconds * patience);
    const run = await tree.withMutants(
      [mutant],
      async () => await runTestFile(file, { root: tree.root, timeoutMs, signal }),
    );
    if (run.outcome !== 'passed')
      return end(run.outcome === 'hung' ? 'hung' : 'caught', file, run.failedTest);
  }
  return unjudged === undefined ? end('survived') : end('unjudged', unjudged.by, unjudged.test);
}
