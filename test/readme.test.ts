// The README's own consumer, as it stands there: it compiles, it works, and `npm start` proves it, in a copy of the tree.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import type { ConsumerHandler } from '../lib/index.ts';
import { toContext, toEvent } from './support/events.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
let copy: string;

before(async () => {
  copy = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-readme-')));
  const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const path of stdout.split('\0').filter((each) => each !== '' && !each.startsWith('test/'))) {
    await mkdir(dirname(join(copy, path)), { recursive: true });
    await cp(join(root, path), join(copy, path)).catch((error: NodeJS.ErrnoException) => {
      // Listed, and removed since.
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  await mkdir(join(copy, '.cache'));
  // The functions' arm64 addon, which the first start fetches.
  await symlink(join(root, '.cache', 'lambda-arm64'), join(copy, '.cache', 'lambda-arm64'));
  await paste();
});

after(() => rm(copy, { recursive: true, force: true }));

/** What the README says: two files, and a line in infra/app.ts. */
async function paste(): Promise<void> {
  const readme = await readFile(join(copy, 'README.md'), 'utf8');
  const files = [...readme.matchAll(/```ts\n\/\/ handlers\/payments\/(\w+\.ts)[^\n]*\n(.*?)```/gs)];
  assert.deepEqual(
    files.map(([, name]) => name),
    ['consumer.ts', 'handler.ts'],
  );
  await mkdir(join(copy, 'handlers', 'payments'));
  for (const [, name = '', text = ''] of files) await writeFile(join(copy, 'handlers/payments', name), text);
  const line = /`(\w+\.\w+\(payments\);)`/.exec(readme)?.[1];
  assert.ok(line, 'the README names the line in infra/app.ts');
  const app = await readFile(join(copy, 'infra/app.ts'), 'utf8');
  await writeFile(
    join(copy, 'infra/app.ts'),
    app
      .replace(
        'import { App }',
        "import { payments } from '../handlers/payments/consumer.ts';\nimport { App }",
      )
      .replace('app.synth();', `${line}\napp.synth();`),
  );
}

test('the consumer in the README compiles and works', async () => {
  const folder = join(copy, 'handlers', 'payments');
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', include: ['.', '../../infra/app.ts'] }),
  );
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const checked = spawnSync(process.execPath, [tsc, '--project', folder], { encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stdout);
  process.env['TAILRACE_DEAD_LETTER_BUCKET'] = 'unused';
  const { handler } = (await import(pathToFileURL(join(folder, 'handler.ts')).href)) as {
    handler: ConsumerHandler;
  };
  const value = JSON.stringify({ id: 'p-1', cents: 12 });
  const event = toEvent([
    { topic: 'payments', offset: 0, key: 'p-1', value },
    { topic: 'payments', offset: 1, key: 'p-1' },
  ]);
  assert.deepEqual(await handler(event, toContext()), { batchItemFailures: [] });
});

test('the consumer in the README, pasted, is proven by npm start beside the others', async () => {
  const args = ['start', '--silent', '--', '--records', '300', '--json'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: copy });
  const { verdict, consumers } = JSON.parse(stdout) as {
    readonly verdict: string;
    readonly consumers: readonly {
      readonly account: {
        readonly consumer: string;
        readonly produced: number;
        readonly processed: number;
        readonly deadLettersByCode: Readonly<Record<string, number>>;
      };
    }[];
  };
  assert.equal(verdict, 'proven');
  const account = consumers.map((each) => each.account).find(({ consumer }) => consumer === 'payments');
  assert.equal(account?.produced, 300);
  // One record in a hundred is poison: one of each kind, of which one is cut short or spoilt.
  const { SCHEMA_MISMATCH, TOO_LARGE, ...spoilt } = account?.deadLettersByCode ?? {};
  assert.deepEqual([SCHEMA_MISMATCH, TOO_LARGE, Object.values(spoilt)], [1, 1, [1]]);
  assert.equal(account?.processed, 297);
});
