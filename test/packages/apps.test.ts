// The packages in apps as users have them: installed from tarballs, by the ordinary npm client.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { readElfMachine } from '../../infra/function/elf.ts';
import { lambdaCpus } from '../../infra/function/lambda-cpu.ts';
import { findPythonTool } from '../support/python-tool.ts';
import {
  callAsset,
  installApp,
  measureTree,
  readAssets,
  run,
  succeed,
  writeFiles,
  type AppFolder,
} from './app-folder.ts';
import { startDev } from './dev-session.ts';
import { moduleAppFiles, newAppFiles, sqsWorker } from './sources.ts';

const ministack = await findPythonTool('ministack');

let installed: AppFolder;
let modules: string;
/** The installed command, and a folder for temporary files that must be empty in the end. */
let places: { readonly bin: string; readonly temporary: string };
before(async () => {
  installed = await installApp();
  writeFiles(installed.app, newAppFiles);
  modules = join(installed.app, 'modules');
  places = {
    bin: join(installed.app, 'node_modules/.bin/tailrace'),
    temporary: join(installed.tarballs.folder, 'temporary'),
  };
});
after(() => rmSync(installed.tarballs.folder, { recursive: true, maxRetries: 5 }));

describe('a new CDK app, as cdk init makes it', () => {
  test('passes tsc, and synthesizes with its own command', () => {
    const { app } = installed;
    succeed(app, 'npx', ['tsc']);
    succeed(app, 'npx', ['cdk', 'synth', '--quiet']);
    const assets = readAssets(join(app, 'cdk.out'), 'AppStack');
    assert.deepEqual([...assets.keys()], ['PaymentsFunction']);
  });

  test('passes tsc with the declarations of libraries checked', () => {
    const settings = { extends: './tsconfig.json', compilerOptions: { skipLibCheck: false } };
    writeFileSync(join(installed.app, 'tsconfig.strict.json'), JSON.stringify(settings));
    succeed(installed.app, 'npx', ['tsc', '--project', 'tsconfig.strict.json']);
  });

  test('runs its consumer and its stack in Jest', () => {
    const { output } = run(installed.app, 'npm', ['test']);
    assert.match(output, /Tests: +3 passed, 3 total/, output);
  });
});

describe('an app of ES modules', () => {
  // Once the app above it is checked, whose tsconfig.json includes every folder.
  before(() => writeFiles(modules, moduleAppFiles));

  test('passes tsc, libraries included', () => {
    succeed(modules, process.execPath, ['../node_modules/typescript/bin/tsc', '--project', '.']);
  });

  for (const major of [22, 24] as const) {
    test(`synthesizes by type stripping on Node ${major}, with functions of the CDK’s own bundling beside`, () => {
      rmSync(join(modules, 'cdk.out'), { recursive: true, force: true });
      succeed(modules, installed.nodes[major], ['app.ts']);
      const assets = readAssets(join(modules, 'cdk.out'), 'Orders');
      assert.deepEqual([...assets.keys()].toSorted(), [
        'ConsumerFunction',
        'cjs',
        'cjsMinified',
        'esm',
        'esmMinified',
      ]);
    });
  }

  test('has functions that run, in either module system, minified or not', () => {
    const assets = readAssets(join(modules, 'cdk.out'), 'Orders');
    for (const name of ['cjs', 'cjsMinified', 'esm', 'esmMinified']) {
      const folder = assets.get(name) ?? '';
      // The tombstone could not be stored, as there is no bucket: it comes again.
      assert.deepEqual(
        callAsset(folder, { modules, installed }),
        { batchItemFailures: [{ itemIdentifier: { partition: 'orders-0', offset: 1 } }] },
        name,
      );
    }
  });

  test('has the arm64 addon in the bundle of a handler that imports it', () => {
    const folder = readAssets(join(modules, 'cdk.out'), 'Orders').get('ConsumerFunction') ?? '';
    const addons = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.node'),
    );
    assert.deepEqual(addons, ['node_modules/lz4-napi/lz4-napi.linux-arm64-gnu.node']);
    assert.equal(readElfMachine(join(folder, addons[0] ?? '')), lambdaCpus.arm64.elfMachine);
  });

  test('runs its consumer in node:test and in Vitest', () => {
    const args = ['--test', 'test/orders.test.ts'];
    for (const major of [22, 24] as const) succeed(modules, installed.nodes[major], args);
    succeed(modules, process.execPath, [
      '../node_modules/vitest/vitest.mjs',
      'run',
      'test/orders.spec.ts',
      '--root',
      '.',
    ]);
  });

  for (const major of [20, 22, 24] as const) {
    test(`runs a consumer, imported or required or both, on Node ${major}`, () => {
      for (const file of ['consume.mjs', 'consume.cjs', 'two-copies.mjs'])
        assert.equal(succeed(modules, installed.nodes[major], [file]), 'processed POISON', file);
    });
  }

  test('is told which two copies of aws-cdk-lib it has', () => {
    const copy = join(installed.app, 'copy');
    for (const name of ['aws-cdk-lib', 'constructs'])
      cpSync(join(installed.app, 'node_modules', name), join(copy, 'node_modules', name), {
        recursive: true,
      });
    cpSync(join(modules, 'second-copy.mts'), join(copy, 'second-copy.mts'));
    const { status, output } = run(copy, process.execPath, ['second-copy.mts']);
    assert.equal(status, 1);
    assert.match(
      output,
      /two copies of aws-cdk-lib are loaded, got [\d.]+ in .*copy.node_modules.aws-cdk-lib and/,
    );
  });
});

describe('tailrace init', () => {
  const tailrace = (cwd: string, ...args: readonly string[]): string =>
    succeed(cwd, process.execPath, [join(installed.app, 'node_modules/.bin/tailrace'), 'init', ...args]);

  test('makes an app that passes tsc and its test, and synthesizes', () => {
    const fresh = join(installed.app, 'fresh');
    mkdirSync(fresh);
    tailrace(fresh);
    const tsc = join(installed.app, 'node_modules/typescript/bin/tsc');
    succeed(fresh, process.execPath, [tsc, '--project', '.']);
    assert.match(succeed(fresh, process.execPath, ['--test']), /^ℹ pass 1$/m);
    succeed(fresh, process.execPath, [
      join(installed.app, 'node_modules/aws-cdk/bin/cdk'),
      'synth',
      '--quiet',
    ]);
    assert.deepEqual([...readAssets(join(fresh, 'cdk.out'), 'Consumers').keys()], ['OrdersFunction']);
  });

  test('makes an app whose wrong definition is one short error at synth', () => {
    const fresh = join(installed.app, 'fresh');
    const file = join(fresh, 'handlers/orders/consumer.ts');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace("topic: 'orders'", "topic: 'orders', order: 'kye'"));
    const { status, output } = run(fresh, process.execPath, ['app.ts']);
    writeFileSync(file, text);
    assert.equal(status, 1);
    assert.match(
      output,
      /order: got "kye", expected "partition" or "key" or "none"\n +at .*consumer\.ts:\d+/,
    );
    assert.ok(output.trim().split('\n').length <= 10, output);
  });

  test(
    'makes an app that dev runs: own records, a saved file, broken edits, Ctrl-C',
    { timeout: 240_000 },
    async (t) => {
      const session = await startDev(join(installed.app, 'fresh'), places);
      t.after(session.kill);
      const { dev, send, edit } = session;
      const handler = 'handlers/orders/handler.ts';
      // Older than a day, the mapping would discard it.
      const timestamp = new Date().toISOString();
      const whole = JSON.stringify({
        key: 'k',
        value: { id: '1' },
        headers: { a: 'b' },
        partition: 2,
        timestamp,
      });
      const { status, output } = send('orders', [whole, '{"id":"2"}', 'not json', 'null', '{"value":{}}']);
      assert.equal(status, 1);
      assert.match(output, /standard input:3 was not sent: /);
      assert.match(output, /^4 records sent to orders, 1 refused$/m);
      await dev.printed('orders-2@0');
      await dev.printed('record seen', 2);
      await dev.printed('DeadLetterError [NO_ID]');

      const startedMs = performance.now();
      edit(handler, 'record seen', 'the second version');
      await dev.printed('orders: replaced');
      t.diagnostic(`a saved file took effect after ${Math.round(performance.now() - startedMs)} ms`);
      assert.equal(send('orders', ['{"id":"3"}']).status, 0);
      await dev.printed('the second version');

      edit(handler, "log.info('", "log.info(oops '");
      await dev.printed('orders was not replaced; the old version goes on');
      assert.equal(send('orders', ['{"id":"4"}']).status, 0);
      await dev.printed('the second version', 2);
      edit(handler, 'oops ', '');
      await dev.printed('orders: replaced', 2);
      const sample = ['send', 'orders', 'handlers/orders/sample.ndjson'];
      assert.match(
        succeed(join(installed.app, 'fresh'), process.execPath, [places.bin, ...sample]),
        /3 records/,
      );
      await dev.printed('the second version', 5);
      await session.stop();
    },
  );

  test('makes an app that deploys to a local AWS by its own CDK', { skip: ministack.skip }, () => {
    const fresh = join(installed.app, 'fresh');
    const output = succeed(fresh, process.execPath, [places.bin, 'deploy-local', '--records', '100']);
    assert.match(output, /^deployed, used, updated and destroyed$/m);
  });

  test('adds a consumer to the app of cdk init, which still passes all of its own', () => {
    const { app } = installed;
    // Its tsconfig.json includes every folder.
    for (const name of ['modules', 'copy', 'fresh'])
      rmSync(join(app, name), { recursive: true, force: true });
    writeFiles(app, { 'lib/worker.ts': sqsWorker });
    tailrace(app, 'refunds', '--write');
    tailrace(app, 'mails', '--from-sqs', 'lib/worker.ts');
    succeed(app, 'npx', ['cdk', 'synth', '--quiet']);
    const assets = readAssets(join(app, 'cdk.out'), 'AppStack');
    assert.deepEqual([...assets.keys()].toSorted(), ['PaymentsFunction', 'RefundsFunction']);
    const { output } = run(app, 'npm', ['test']);
    assert.match(output, /Tests: +5 passed, 5 total/, output);
  });

  test(
    'leaves an app of cdk init that dev runs by its own command, and replaces its functions',
    { timeout: 240_000 },
    async (t) => {
      const session = await startDev(installed.app, places);
      t.after(session.kill);
      const { dev, send, edit } = session;
      const { status, output } = send('refunds', ['{"id":"1"}', '{"value":{"id":"2"},"key":"k"}']);
      assert.equal(status, 0, output);
      await dev.printed('record seen', 2);
      edit('handlers/refunds/handler.ts', 'record seen', 'refund seen');
      await dev.printed('refunds: replaced');
      send('refunds', ['{"id":"3"}']);
      await dev.printed('refund seen');
      await session.stop();
    },
  );
});

test('is a small thing to install: the runtime with what it needs stays below 15 MB', (t) => {
  const { packages, bytes } = measureTree(installed.app, 'tailrace');
  t.diagnostic(`${packages.length} packages, ${(bytes / 1e6).toFixed(1)} MB`);
  assert.ok(bytes < 15e6, `${bytes} bytes in ${packages.join(', ')}`);
});

describe('the installed command line', () => {
  test('runs under another Node than 24, for which it fetches that one once', () => {
    const cache = join(installed.tarballs.folder, 'cache');
    const bin = join(installed.app, 'node_modules/tailrace-cli/tools/setup/launch.mjs');
    const plan = (): string =>
      run(installed.app, installed.nodes[22], [bin, 'plan', '--rate', '10'], { XDG_CACHE_HOME: cache })
        .output;
    const first = plan();
    assert.match(first, /tailrace: fetching node-\S+@24\.\S+ .*with npm/);
    assert.match(first, /records\/s/);
    assert.doesNotMatch(plan(), /fetching/);
  });

  test('is what the runtime’s own command runs', () => {
    const delegate = join(installed.app, 'node_modules/tailrace/tools/delegate/delegate.mjs');
    assert.match(succeed(installed.app, process.execPath, [delegate, '--help']), /Usage: tailrace/);
  });

  test('starts a Kafka from below node_modules', () => {
    const file = join(installed.app, 'node_modules/tailrace-cli/tools/broker/embedded.js');
    const script = `
      const { startEmbeddedBroker } = await import(${JSON.stringify(pathToFileURL(file).href)});
      const broker = await startEmbeddedBroker();
      console.log(broker.bootstrapServers);
      await broker.close();`;
    const stdout = succeed(installed.app, process.execPath, ['--input-type=module', '--eval', script]);
    assert.match(stdout, /^127\.0\.0\.1:\d+/);
  });
});
