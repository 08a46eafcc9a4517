// The console's address outlives its runner, and only its owner can read it.
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { keepAddress, newAddress, readAddress } from '../../../../tools/console/server/address.ts';

let project: string;
before(async () => {
  project = await mkdtemp(join(tmpdir(), 'tailrace-address-'));
});
after(async () => {
  await rm(project, { recursive: true, force: true });
});

test('keeps port and token for the next run, readable by its owner alone', async () => {
  assert.equal(await readAddress(project), undefined);
  const address = newAddress(project);
  assert.equal(newAddress(project).port, address.port);
  assert.match(address.token, /^[\w-]{22}$/);
  assert.notEqual(newAddress(project).token, address.token);
  await keepAddress(project, { ...address, port: 4711 });
  assert.deepEqual(await readAddress(project), { port: 4711, token: address.token });
  const { mode } = await stat(join(project, '.tailrace', 'console.json'));
  assert.equal(mode & 0o777, 0o600);
});

test('takes no address from a file of another kind, and does without one', async () => {
  for (const text of [
    '{',
    '{"port":1}',
    '{"port":1,"token":"short"}',
    '{"token":"AAAAAAAAAAAAAAAAAAAAAA"}',
    'null',
  ]) {
    await writeFile(join(project, '.tailrace', 'console.json'), text);
    assert.equal(await readAddress(project), undefined, text);
  }
  // A project that cannot be written to.
  await keepAddress(join(project, '.tailrace', 'console.json'), newAddress(project));
});
