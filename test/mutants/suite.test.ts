// The suite itself, on a project of two files; and that the list of mutants is one.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createTemporaryFolder, type TemporaryFolder } from '../../tools/temporary-folder.ts';
import { areas } from './areas.ts';
import { chooseMutants, isWrong } from './command.ts';
import { nameMutants, type Mutant, type NamedMutant } from './mutant.ts';
import { plant } from './plant.ts';
import { runSuite, type MutantResult } from './suite.ts';

const root = new URL('../..', import.meta.url).pathname;
const all = nameMutants(areas);

describe('the list', () => {
  test('has mutants of every part of the project, of which few are not caught', () => {
    assert.ok(all.length >= 150, String(all.length));
    assert.ok(all.filter(({ uncaught }) => uncaught !== undefined).length <= all.length * 0.05);
    for (const part of ['lib/', 'infra/', 'tools/local/', 'tools/proof/', 'test/e2e/chaos/account/'])
      assert.ok(all.filter(({ file }) => file.startsWith(part)).length >= 20, part);
  });

  test('can be planted as it is, each mutant a program, and names tests that there are', async () => {
    const texts = new Map<string, string>();
    const wrong: string[] = [];
    for (const mutant of all) {
      const text = texts.get(mutant.file) ?? (await readFile(join(root, mutant.file), 'utf8'));
      texts.set(mutant.file, text);
      await plant(mutant, text).catch((error: unknown) => wrong.push((error as Error).message));
      if (mutant.caughtBy.length === 0) wrong.push(`${mutant.name} names no test`);
      for (const file of mutant.caughtBy)
        if (!existsSync(join(root, file))) wrong.push(`${mutant.name} names ${file}, which is not there`);
    }
    assert.deepEqual(wrong, []);
  });

  test('gives a seeded share in its own order, and other mutants for another seed', () => {
    const choose = (seed: number): readonly NamedMutant[] =>
      chooseMutants(all, { only: undefined, share: 0.1, seed });
    assert.deepEqual(choose(7), choose(7));
    assert.notDeepEqual(choose(7), choose(8));
    const quick = all.filter(({ isSlow }) => isSlow !== true);
    assert.equal(choose(7).length, Math.ceil(quick.length / 10));
    assert.deepEqual(
      choose(7),
      all.filter((mutant) => choose(7).includes(mutant)),
    );
    assert.throws(() => chooseMutants(all, { only: 'no such words', share: 1, seed: 1 }), { code: 'USAGE' });
  });
});

describe('the suite', { concurrency: true }, () => {
  let folder: TemporaryFolder;
  const code = 'export const add = (a: number, b: number): number => a + b;\n';
  before(async () => {
    folder = await createTemporaryFolder('mutants-test');
    const passes = (what: string): string => `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add } from './add.ts';
${what}
`;
    const files = {
      'add.ts': code,
      'add.test.ts': passes("test('adds', () => assert.equal(add(1, 2), 3));"),
      'loose.test.ts': passes("test('gives a number', () => assert.equal(typeof add(1, 2), 'number'));"),
      'broken.test.ts': passes("test('is wrong itself', () => assert.equal(add(1, 2), 4));"),
      'skipped.test.ts': passes("test('needs what there is not', { skip: 'no such tool' }, () => {});"),
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
    await mkdir(join(folder.path, 'node_modules'));
  });
  after(async () => await folder.remove());

  /** What becomes of one mutant of the project of two files. */
  async function judge(change: Partial<Mutant>): Promise<MutantResult> {
    const mutant: Mutant = {
      fault: 'subtracts',
      file: 'add.ts',
      find: 'a + b',
      replace: 'a - b',
      caughtBy: ['loose.test.ts', 'add.test.ts'],
      ...change,
    };
    const [result] = await runSuite({
      source: folder.path,
      mutants: nameMutants([{ area: 'sums', mutants: [mutant] }]),
      workers: 1,
      leastTimeoutMs: 2000,
      signal: new AbortController().signal,
      onResult: () => {},
    });
    assert.equal(await readFile(join(folder.path, 'add.ts'), 'utf8'), code);
    assert.ok(result);
    return result;
  }

  test('names the first test that notices', async () => {
    const { outcome, by, test: name } = await judge({});
    assert.deepEqual([outcome, by, name], ['caught', 'add.test.ts', 'adds']);
  });

  test('takes a test that does not end for one that notices', async () => {
    const result = await judge({ replace: '((): number => { for (;;); })()' });
    assert.deepEqual([result.outcome, isWrong(result)], ['hung', false]);
  });

  test('fails for a survivor, unless the list explains it', async () => {
    const survivor = await judge({ caughtBy: ['loose.test.ts'] });
    assert.deepEqual([survivor.outcome, isWrong(survivor)], ['survived', true]);
    const explained = await judge({ caughtBy: ['loose.test.ts'], uncaught: 'nobody adds' });
    assert.deepEqual([explained.outcome, isWrong(explained)], ['survived', false]);
  });

  for (const file of ['broken.test.ts', 'skipped.test.ts'])
    test(`takes nothing for caught by ${file}, which does so without the mutant`, async () => {
      const result = await judge({ caughtBy: [file] });
      assert.deepEqual([result.outcome, result.by, isWrong(result)], ['unjudged', file, true]);
    });

  for (const [what, change, says] of [
    ['whose text has vanished', { find: 'a * b' }, /"sums: subtracts" .* add\.ts has its text 0 times/],
    ['whose text stands there twice', { find: 'number' }, /its text 3 times, expected it once/],
    ['that changes nothing', { replace: 'a + b' }, /the same text afterwards/],
    ['that is no program', { replace: 'a +' }, /no program afterwards/],
  ] as const)
    test(`refuses a mutant ${what}, and names its file`, async () => {
      await assert.rejects(judge(change), (error: Error & { readonly code?: string }) => {
        assert.equal(error.code, 'NOT_PLANTED');
        assert.match(error.message, says);
        return true;
      });
    });
});
