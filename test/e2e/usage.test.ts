import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';

import { runCli } from '../support/cli.ts';

describe('the command line', () => {
  const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['run', '--recrods', '5'], /unknown option '--recrods'; see tailrace run --help/],
    [['run', 'archive'], /unexpected argument 'archive'/],
    [['run', '--records', '10000001'], /--records is out of range, .* expected an integer 0\.\.10000000/],
    [['run', '--records', 'many'], /--records is not an integer, got "many", expected an integer 0\.\./],
    [
      ['run', '--compression', 'rar'],
      /--compression is not one of its values, got "rar", expected lz4, gzip, zstd, none/,
    ],
    [
      ['run', '--fault', 'flood'],
      /--fault is not a fault, got "flood", expected throw, kill, restart-poller/,
    ],
    [['run', '--watch', '--records', '5'], /--watch and --records exclude each other/],
    [
      ['run', '--broker', 'rabbit'],
      /--broker is not one of its values, got "rabbit", expected embedded, apache/,
    ],
    [
      ['run', '--broker', 'apache', '--brokers', 'localhost:9092'],
      /--broker and --brokers exclude each other/,
    ],
    [['run', '--poison', '60', '--tombstones', '50'], /more than all records/],
    [['run', '--records', '0', '--traffic', 'a=b'], /--traffic and --records 0 exclude each other/],
    [['run', '--brokers', 'h:1', '--records', '5'], /--records needs --produce with --brokers/],
    [['rum'], /no such command, got "rum", expected init, run/],
  ];
  for (const [args, says] of wrong) {
    test(`refuses "${args.join(' ')}" with exit code 2 and says what to write`, async () => {
      const { code, stdout, stderr } = await runCli(args);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, says);
      assert.equal(stderr.trimEnd().split('\n').length, 1, 'one line, no stack trace');
    });
  }

  test('helps with the program and with each command, in plain text', async () => {
    const program = await runCli(['--help']);
    assert.equal(program.code, 0);
    assert.match(program.stdout, /^ {2}run {2}/m);
    const command = await runCli(['run', '--help'], { FORCE_COLOR: '1' });
    assert.equal(command.code, 0);
    for (const option of ['--records', '--watch', '--broker', '--brokers', '--consumer', '--fault', '--json'])
      assert.ok(command.stdout.includes(option), option);
    assert.ok(!command.stdout.includes('\u001B'));
    assert.equal((await runCli([])).code, 2);
  });

  test('says its version', async () => {
    const manifest = new URL('../../package.json', import.meta.url);
    const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { readonly version: string };
    const { code, stdout, stderr } = await runCli(['--version']);
    assert.deepEqual([code, stdout, stderr], [0, `${version}\n`, '']);
  });

  test('stops without a word when its reader has read enough, as | head does', async () => {
    for (const command of ['--help', 'run --help', 'run --records 200000']) {
      const script = `"$0" tools/cli.ts ${command} 2>"$1" | head -n 1; echo "\${PIPESTATUS[0]}"`;
      const errors = join(await mkdtemp(join(tmpdir(), 'tailrace-head-')), 'errors');
      const { stdout } = await promisify(execFile)('bash', ['-c', script, process.execPath, errors]);
      const [first = '', code] = stdout.trimEnd().split('\n');
      assert.ok(first.length > 0);
      // Short help fits into the pipe, and nobody notices that it was not read to its end.
      assert.ok(command.endsWith('--help') ? ['0', '141'].includes(code ?? '') : code === '141', code);
      assert.equal(await readFile(errors, 'utf8'), '');
      await rm(dirname(errors), { recursive: true });
    }
  });

  test('names the folder of a missing assembly and what to do, with exit code 3', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tailrace-'));
    try {
      const { code, stderr } = await runCli(['run', '--cdk-out', join(folder, 'cdk.out')]);
      assert.equal(code, 3);
      assert.ok(stderr.includes(join(folder, 'cdk.out')), stderr);
      assert.match(stderr, /npx cdk synth/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('names Java when --broker apache cannot find it, with exit code 3', async () => {
    const { code, stderr } = await runCli(['run', '--broker', 'apache'], { PATH: '', JAVA_HOME: '' });
    assert.equal(code, 3);
    assert.match(stderr, /missing Java 17 \(java\).*; install .*, or use the embedded broker/);
  });

  test('lists the consumers when one is not known', async () => {
    const { code, stderr } = await runCli(['run', '--consumer', 'archives']);
    assert.equal(code, 3);
    assert.match(stderr, /no such consumer, got archives, expected one of: archive, materialize, relay/);
  });

  test('names host and port of a broker that does not answer', async () => {
    // A server that takes connections and says nothing is the slowest way to be unreachable.
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as { port: number };
    try {
      for (const address of ['127.0.0.1:1', `127.0.0.1:${port}`]) {
        const { code, stderr } = await runCli(['run', '--brokers', address]);
        assert.equal(code, 3);
        assert.ok(stderr.includes(address), stderr);
      }
    } finally {
      silent.close();
    }
  });
});
