import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertCpu, readElfMachine } from '../../../infra/function/elf.ts';
import { lambdaCpus } from '../../../infra/function/lambda-cpu.ts';

const aarch64 = lambdaCpus.arm64.elfMachine;

/** The first 20 bytes of an ELF file, which is all that says its CPU. */
function toElf(machine: number, encoding: 1 | 2 = 1): Buffer {
  const header = Buffer.alloc(20);
  header.write('\u007fELF', 'latin1');
  header[5] = encoding;
  if (encoding === 1) header.writeUInt16LE(machine, 18);
  else header.writeUInt16BE(machine, 18);
  return header;
}

function inFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-elf-'));
  try {
    run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('reads the machine in either byte order', () => {
  inFolder((folder) => {
    const path = join(folder, 'a.node');
    writeFileSync(path, toElf(aarch64));
    assert.equal(readElfMachine(path), 183);
    writeFileSync(path, toElf(22, 2)); // s390x
    assert.equal(readElfMachine(path), 22);
  });
});

test('finds no machine in what is no ELF file, or is cut', () => {
  inFolder((folder) => {
    const path = join(folder, 'a.node');
    for (const bytes of [Buffer.alloc(0), toElf(aarch64).subarray(0, 19), Buffer.alloc(64, 'x')]) {
      writeFileSync(path, bytes);
      assert.equal(readElfMachine(path), undefined);
    }
  });
});

test('passes a folder whose addons are all for the CPU of the function', () => {
  inFolder((folder) => {
    writeFileSync(join(folder, 'index.mjs'), '');
    mkdirSync(join(folder, 'node_modules/a'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/a/a.node'), toElf(aarch64));
    assertCpu(folder);
    assert.throws(() => assertCpu(folder, 'x86_64'), { code: 'WRONG_ADDON_CPU' });
  });
});

test('refuses an addon for another CPU, however deep it lies', () => {
  inFolder((folder) => {
    mkdirSync(join(folder, 'node_modules/a'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/a/a.node'), toElf(62)); // x86-64
    assertCpu(folder, 'x86_64');
    assert.throws(() => assertCpu(folder), { code: 'WRONG_ADDON_CPU' });
  });
});
