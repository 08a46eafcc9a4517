// What is said and done when Java, Maven or the network is not there. Small programs stand in for Java and Maven: the
// machine's own cannot be taken away. The real ones are at work in the other tests on Apache Kafka.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { installApacheKafka, type ApacheInstallation } from '../../../../tools/broker/apache/installation.ts';
import { BrokerError } from '../../../../tools/broker/broker.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-installation-'));
});
after(async () => {
  await rm(folder, { recursive: true });
});

const java = (version: string): string =>
  `process.stderr.write('openjdk version "${version}" 2025-04-15\\n')`;
const maven = `
  const output = process.argv.find((arg) => arg.startsWith('-DoutputDirectory='))?.slice(18);
  if (output) { fs.mkdirSync(output, { recursive: true }); fs.writeFileSync(output + '/kafka.jar', ''); }`;

/** A machine that has these programs and an empty cache; `install` may be told of others for a later time. */
async function machine(programs: Readonly<Record<string, string>>): Promise<{
  readonly cacheFolder: string;
  readonly progress: string[];
  readonly install: () => Promise<ApacheInstallation>;
  readonly remove: (program: string) => Promise<void>;
}> {
  const bin = await mkdtemp(join(folder, 'bin-'));
  const cacheFolder = await mkdtemp(join(folder, 'cache-'));
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!${process.execPath}\nconst fs = require('node:fs');\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  const progress: string[] = [];
  const env = { PATH: [bin, dirname(process.execPath)].join(delimiter) };
  return {
    cacheFolder,
    progress,
    install: async () =>
      await installApacheKafka({ env, cacheFolder, onProgress: (message) => progress.push(message) }),
    remove: async (program) => await rm(join(bin, program)),
  };
}

async function refusal(work: Promise<unknown>): Promise<BrokerError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BrokerError, String(error));
  assert.equal(error.message.split('\n').length, 1);
  return error;
}

test('names everything that is missing, and only that', async () => {
  const cases: readonly (readonly [programs: Record<string, string>, says: RegExp])[] = [
    [{}, /missing Java 17 \(java\) and Maven \(mvn\); install/],
    [{ mvn: maven }, /missing Java 17 \(java\); install/],
    [{ mvn: maven, java: java('11.0.2') }, /missing Java 17 \(java is version 11\); install/],
    [{ mvn: maven, java: java('1.8.0_392') }, /missing Java 17 \(java is version 1\); install/],
    [{ java: java('17.0.15') }, /missing Maven \(mvn\); install/],
  ];
  for (const [programs, says] of cases) {
    const error = await refusal((await machine(programs)).install());
    assert.equal(error.code, 'BROKER_TOOLS_MISSING');
    assert.match(error.message, says);
  }
});

test('fetches Kafka once, says so, and needs no Maven afterwards', async () => {
  const { install, progress, remove, cacheFolder } = await machine({ mvn: maven, java: java('21') });
  const first = await install();
  assert.equal(first.classPath, join(cacheFolder, `kafka-${first.version}`, 'lib', '*'));
  assert.equal(progress.length, 1);
  await remove('mvn');
  assert.deepEqual(await install(), first);
  assert.equal(progress.length, 1);
  assert.deepEqual(await readdir(cacheFolder), [`kafka-${first.version}`]);
});

test('fetches again what is of another pom', async () => {
  const { install, progress, cacheFolder } = await machine({ mvn: maven, java: java('17') });
  const { version } = await install();
  await writeFile(join(cacheFolder, `kafka-${version}`, 'pom.xml'), 'another');
  await install();
  assert.equal(progress.length, 2);
});

test('fetches once for all who ask at the same time', async () => {
  const { install, progress, cacheFolder } = await machine({ mvn: maven, java: java('17') });
  const [first, second] = await Promise.all([install(), install()]);
  assert.deepEqual(first, second);
  assert.equal(progress.length, 1);
  assert.deepEqual(await readdir(cacheFolder), [`kafka-${first.version}`]);
});

test('does not wait for a process that died while it fetched', async () => {
  const { install, cacheFolder } = await machine({ mvn: maven, java: java('17') });
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  const { version } = await (await machine({ mvn: maven, java: java('17') })).install();
  await writeFile(join(cacheFolder, `kafka-${version}.lock`), String(dead.pid));
  await install();
  assert.deepEqual(await readdir(cacheFolder), [`kafka-${version}`]);
});

test('tells what Maven said when it cannot fetch, and leaves nothing half done', async () => {
  const { install, cacheFolder } = await machine({
    java: java('17'),
    mvn: `if (!process.argv.includes('--version')) { console.error('[ERROR] unknown host'); process.exit(1); }`,
  });
  const error = await refusal(install());
  assert.equal(error.code, 'BROKER_FAILED');
  assert.match(error.message, /unknown host/);
  assert.deepEqual(await readdir(cacheFolder), []);
});
