// The two packages as `npm publish` would send them.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { listFiles } from '../../tools/build/compile.ts';
import type * as PageFiles from '../../tools/console/server/page-files.ts';
import { packTarballs, type PackedPackage, type Tarballs } from './tarballs.ts';

let tarballs: Tarballs;
before(async () => {
  tarballs = await packTarballs();
});
after(() => rmSync(tarballs.folder, { recursive: true }));

const choices = ['runtime', 'commandLine'] as const;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

function readManifest({ folder }: PackedPackage): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

for (const choice of choices) {
  describe(choice, () => {
    test('has no finding of publint', async () => {
      const { messages, pkg } = await publint({
        pkgDir: tarballs[choice].folder,
        pack: 'npm',
        strict: true,
      });
      const findings = messages.map((message) => formatMessage(message, pkg));
      assert.deepEqual(findings, []);
    });

    test('holds what it says and nothing of this repository’s own', () => {
      const { files } = tarballs[choice];
      assert.ok(files.includes('README.md') && files.includes('LICENSE'));
      const foreign = files.filter((file) =>
        /(?:^|\/)(?:test|bench|handlers|examples)\/|[^d]\.ts$/.test(file),
      );
      assert.deepEqual(foreign, []);
    });

    test('has stack traces that lead to files that are in it, which read like their sources', () => {
      const { files, folder } = tarballs[choice];
      const modules = files.filter((file) => /^(?!cjs\/).*\.js$/.test(file));
      const texts = modules.map((file) => readFileSync(join(folder, file), 'utf8'));
      assert.deepEqual(
        modules.filter((_, index) => /^\/\/# sourceMappingURL=/m.test(texts[index] ?? '')),
        [],
      );
      const commented = texts.filter((text) => /^\/\*\*? |^\/\/ /m.test(text)).length;
      assert.ok(commented > 0.75 * modules.length, `${commented} of ${modules.length} have comments`);
    });

    test('starts no script that is still TypeScript', () => {
      const { folder } = tarballs[choice];
      for (const file of listFiles(folder).filter((each) => /\.m?js$/.test(each))) {
        const left = /new URL\('[^']*\.ts'/.exec(readFileSync(file, 'utf8'));
        assert.equal(left, null, `${relative(folder, file)}: ${left?.[0]}`);
      }
    });
  });
}

test('finds the right declarations by every way to import the runtime', async () => {
  const bytes = new Uint8Array(readFileSync(tarballs.runtime.tarball));
  const result = await checkPackage(createPackageFromTarballData(bytes));
  assert.ok(result.types !== false);
  // Except that of TypeScript 4.6 and older, which knows no `exports`.
  const problems = result.problems.filter(
    (problem) => !('resolutionKind' in problem && problem.resolutionKind === 'node10'),
  );
  assert.deepEqual(problems, []);
});

test('keeps the runtime small: below 400 kB packed, and few dependencies', (t) => {
  const { packedBytes } = tarballs.runtime;
  for (const choice of choices)
    t.diagnostic(`${choice}: ${(tarballs[choice].packedBytes / 1000).toFixed(1)} kB packed`);
  assert.ok(packedBytes < 400_000, `${packedBytes} bytes`);
  assert.deepEqual(Object.keys(readManifest(tarballs.runtime).dependencies), [
    '@aws-lambda-powertools/logger',
    '@standard-schema/spec',
    '@types/aws-lambda',
  ]);
});

test("brings the console's page where its server looks for it", async () => {
  const server = join(tarballs.commandLine.folder, 'tools/console/server/page-files.js');
  const { loadPage } = (await import(server)) as Pick<typeof PageFiles, 'loadPage'>;
  const files = await loadPage();
  assert.match(files.get('/')?.body.toString() ?? '', /<title>/);
  assert.ok([...files.keys()].some((address) => /^\/assets\/main-.*\.js$/.test(address)));
});

test('gives both packages one version', () => {
  const [runtime, commandLine] = choices.map((choice) => readManifest(tarballs[choice]));
  assert.equal(runtime?.version, commandLine?.version);
  assert.ok(existsSync(join(tarballs.commandLine.folder, 'tools/setup/launch.mjs')));
});
