// Code that is no folder: in the template itself, or in a zip file, of a function or of a layer.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { lstat, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fc } from '../../../support/property.ts';
import { toInlineFolder, toUnzippedFolder } from '../../../../tools/template/code/code-folder.ts';
import { readTopology } from '../../../../tools/template/topology.ts';
import { fn, mapping, writeAssembly } from '../../../support/assembly.ts';
import { isLocalError, options } from '../../../support/topology.ts';
import { zip } from '../../../support/zip.ts';

let folder = '';
const cacheBefore = process.env['XDG_CACHE_HOME'];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-code-'));
  process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
});
after(async () => {
  if (cacheBefore === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = cacheBefore;
  await rm(folder, { recursive: true, force: true });
});

async function write(name: string, content: Buffer): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
}

test('puts inline code where CloudFormation does, once for the same code', async () => {
  const text = `exports.handler = async () => 'ë';`;
  const first = toInlineFolder(text);
  assert.equal(await readFile(join(first, 'index.js'), 'utf8'), text);
  assert.equal(toInlineFolder(text), first);
  assert.notEqual(toInlineFolder(`${text} `), first);
});

test('unpacks what a zip file holds, with its modes and its links', async () => {
  const file = await write(
    'all.zip',
    zip([
      { name: 'index.js', content: 'stored', method: 0 },
      { name: 'lib/', content: '' },
      { name: 'lib/deep/er.js', content: 'x'.repeat(100_000) },
      { name: 'bin/run', content: '#!/bin/sh', mode: 0o100755 },
      { name: 'link.js', content: 'lib/deep/er.js', mode: 0o120777 },
      { name: 'ünï.txt', content: '' },
    ]),
  );
  const unpacked = toUnzippedFolder(file);
  assert.equal(await readFile(join(unpacked, 'index.js'), 'utf8'), 'stored');
  assert.equal((await readFile(join(unpacked, 'link.js'))).length, 100_000);
  assert.ok((await lstat(join(unpacked, 'link.js'))).isSymbolicLink());
  assert.equal((await stat(join(unpacked, 'bin/run'))).mode & 0o777, 0o755);
  assert.equal((await stat(join(unpacked, 'ünï.txt'))).size, 0);
  assert.equal(toUnzippedFolder(file), unpacked);
});

test('unpacks what other programs have packed', { skip: !hasPython() }, async () => {
  const file = join(folder, 'python.zip');
  const script = `import zipfile, sys
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:
    z.comment = b'by python'
    z.writestr('a/b.txt', 'text' * 1000)
    z.writestr('c.txt', 'c')`;
  execFileSync('python3', ['-c', script, file]);
  const unpacked = toUnzippedFolder(file);
  assert.equal((await readFile(join(unpacked, 'a/b.txt'))).length, 4000);
  assert.equal(await readFile(join(unpacked, 'c.txt'), 'utf8'), 'c');
});

test('writes nothing outside, and says what is wrong with a file', async () => {
  const whole = zip([{ name: 'index.js', content: 'exports.handler = 1;'.repeat(50) }]);
  const spoilt = Buffer.from(whole);
  spoilt[40] = (spoilt[40] ?? 0) ^ 0xff;
  for (const [name, content, word] of [
    ['up.zip', zip([{ name: '../up.js', content: '' }]), 'outside'],
    ['root.zip', zip([{ name: '/up.js', content: '' }]), 'outside'],
    ['back.zip', zip([{ name: 'a\\..\\..\\up.js', content: '' }]), 'outside'],
    ['link.zip', zip([{ name: 'a', content: '../..', mode: 0o120777 }]), 'link'],
    ['null.zip', zip([{ name: 'a\0b', content: '' }]), 'no file can have'],
    [
      'twice.zip',
      zip([
        { name: 'a', content: '' },
        { name: 'a/b', content: '' },
      ]),
      'side by side',
    ],
    ['method.zip', zip([{ name: 'a', content: 'a', method: 12 }]), 'method 12'],
    ['cut.zip', whole.subarray(0, -30), 'no directory'],
    ['empty.zip', Buffer.alloc(0), 'no directory'],
    ['spoilt.zip', spoilt, 'damaged'],
  ] as const) {
    const file = await write(name, content);
    assert.throws(() => toUnzippedFolder(file), { code: 'BAD_ZIP', message: new RegExp(word) }, name);
  }
});

test('ends for any damage with the same kind of error', () => {
  const whole = zip([{ name: 'index.js', content: 'exports.handler = 1;'.repeat(50) }]);
  const damage = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }));
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), fc.nat(9), (spots, cut) => {
      const bytes = Buffer.from(whole.subarray(0, whole.length - cut));
      for (const [at, by] of spots) if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ by;
      const file = join(folder, 'damaged.zip');
      writeFileSync(file, bytes);
      try {
        toUnzippedFolder(file);
      } catch (error) {
        assert.equal((error as { code?: unknown }).code, 'BAD_ZIP', String(error));
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('forgets after a week what nobody has used', async () => {
  const old = toInlineFolder('exports.old = 1;');
  const used = toInlineFolder('exports.used = 1;');
  const longAgo = new Date(Date.now() - 8 * 86_400_000);
  for (const each of [old, used]) await utimes(each, longAgo, longAgo);
  assert.equal(toInlineFolder('exports.used = 1;'), used);
  toInlineFolder('exports.third = 1;');
  await assert.rejects(stat(old), { code: 'ENOENT' });
  await stat(used);
});

test('reads functions and layers of an app from their zip files, and refuses a broken one by its name', async (t) => {
  const layer = { Type: 'AWS::Lambda::LayerVersion', Properties: { Content: { S3Key: 'layer.zip' } } };
  const Resources = {
    Layer: layer,
    Fn: fn({ Layers: [{ Ref: 'Layer' }] }),
    Inline: fn({ Code: { ZipFile: { 'Fn::Join': ['', ['exports.handler = ', 'async () => {};']] } } }),
    Mapping: mapping({ Ref: 'Fn' }),
    Other: mapping({ Ref: 'Inline' }, { Topics: ['others'] }),
  };
  const cdkOut = await writeAssembly(t, { App: { Resources } });
  const packed = zip([{ name: 'nodejs/node_modules/a/index.js', content: '' }]);
  await writeFile(join(cdkOut, 'code.file.zip'), zip([{ name: 'index.js', content: 'exports.a = 1;' }]));
  await writeFile(join(cdkOut, 'layer.file.zip'), packed);
  const files = Object.fromEntries(
    ['code', 'layer'].map((name) => [
      name,
      { source: { path: `${name}.file.zip` }, destinations: { here: { objectKey: `${name}.zip` } } },
    ]),
  );
  await writeFile(join(cdkOut, 'assets.json'), JSON.stringify({ files }));
  const [first, second] = readTopology(cdkOut, options).functions;
  assert.equal(await readFile(join(first?.assetPath ?? '', 'index.js'), 'utf8'), 'exports.a = 1;');
  await stat(join(first?.layerPaths[0] ?? '', 'nodejs', 'node_modules', 'a'));
  assert.match(
    await readFile(join(second?.assetPath ?? '', 'index.js'), 'utf8'),
    /^exports\.handler = async/,
  );
  await writeFile(join(cdkOut, 'code.file.zip'), 'no zip');
  assert.throws(() => readTopology(cdkOut, options), isLocalError('UNSUPPORTED', 'App/Fn', 'code.file.zip'));
});

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    // Not on this machine.
    return false;
  }
}
