import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { ensurePythonTool, type PythonToolOptions } from '../../../tools/setup/python.ts';

const exec = promisify(execFile);
const hasPython = await exec('python3', ['-c', 'import ensurepip, venv']).then(
  () => true,
  () => false,
);
if (!hasPython && process.env['CI'] === 'true') throw new Error('no python3 with venv, which CI must have');
const options = { skip: hasPython ? false : 'no python3 with venv', timeout: 300_000 };

test('says in one line what a machine without Python lacks', async (t) => {
  const folder = await makeFolder(t);
  const tool = await ensurePythonTool('ministack', { folder, env: { PATH: folder } });
  assert.equal(tool.kind, 'missing');
  assert.match(tool.reason, /^ministack cannot run here, missing python3; install Python 3\.11[^\n]*$/);
});

test('names a Python that is too old, and one without venv', async (t) => {
  const folder = await makeFolder(t);
  const answer = async (script: string): Promise<string> => {
    await rm(join(folder, 'python3'), { force: true });
    await writeFile(join(folder, 'python3'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const tool = await ensurePythonTool('checkov', { folder, env: { PATH: folder } });
    return tool.kind === 'missing' ? tool.reason : tool.kind;
  };
  assert.match(await answer('echo version 3.9'), /python3 is version 3\.9;/);
  assert.match(await answer('echo version 3.11; exit 1'), /missing venv and ensurepip/);
});

// One story, because each virtual environment takes seconds to make.
test('installs a tool once, for all that ask, and again when its list changes', options, async (t) => {
  const prepared = await makeList(t);
  const told: string[] = [];
  const ask = (): ReturnType<typeof ensurePythonTool> =>
    ensurePythonTool('cfn-lint', { ...prepared, onProgress: (message) => told.push(message) });
  const [tool, other] = await Promise.all([ask(), ask()]);
  assert.equal(told.length, 1);
  assert.deepEqual(tool, other);
  assert.equal(tool.kind, 'ready');
  assert.equal((await exec(tool.program)).stdout, 'the tool runs\n');
  const again = await ensurePythonTool('cfn-lint', { ...prepared, env: { PATH: '' } });
  assert.deepEqual(again, tool, 'a later call needs neither Python nor pip');

  const changed = prepared.list.replace(/[0-9a-f]{64}/, '0'.repeat(64));
  await writeFile(join(prepared.requirementsFolder, 'cfn-lint.txt'), changed);
  await assert.rejects(ask(), { code: 'PYTHON_TOOL_FAILED' }, 'the package is not the one that is named now');
  assert.equal(told.length, 2);
  await assert.rejects(readFile(join(prepared.folder, 'cfn-lint', 'stamp')), { code: 'ENOENT' });
});

interface Prepared extends PythonToolOptions {
  readonly folder: string;
  readonly requirementsFolder: string;
  readonly list: string;
}

/** A list that names one package, made here, which pip finds in a folder instead of a registry. */
async function makeList(t: TestContext): Promise<Prepared> {
  const folder = await makeFolder(t);
  const wheel = join(folder, 'cfn_lint-1.0-py3-none-any.whl');
  const script = `
import sys, zipfile
info = "cfn_lint-1.0.dist-info/"
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("cfn_lint_here.py", "def main():\\n    print('the tool runs')\\n")
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: cfn-lint\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "entry_points.txt", "[console_scripts]\\ncfn-lint = cfn_lint_here:main\\n")
    wheel.writestr(info + "RECORD", "")
`;
  await exec('python3', ['-c', script, wheel]);
  const hash = createHash('sha256')
    .update(await readFile(wheel))
    .digest('hex');
  const list = `cfn-lint==1.0 --hash=sha256:${hash}\n`;
  await writeFile(join(folder, 'cfn-lint.txt'), list);
  const env = { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder };
  return { folder: join(folder, 'tools'), requirementsFolder: folder, list, env };
}

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-python-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
