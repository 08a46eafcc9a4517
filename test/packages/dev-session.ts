// `tailrace dev` as a user has it: the installed command in a folder of theirs, and their records beside it.

import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hasLeftovers, startProgram, type RunningCli } from '../support/cli.ts';
import { run, toUserEnvironment, type Ended } from './app-folder.ts';

/** A running `dev`. */
export interface DevSession {
  readonly dev: RunningCli;
  /** Sends lines by standard input. */
  readonly send: (consumer: string, lines: readonly string[]) => Ended;
  /** Saves the file with one text in place of another. */
  readonly edit: (file: string, from: string, to: string) => void;
  /** Ctrl-C: it ends with 0, and neither processes nor files are left. */
  readonly stop: () => Promise<void>;
  /** For a test that fails on the way. */
  readonly kill: () => void;
}

/** Starts `tailrace dev` in `folder` by the command that is installed there, and waits until it watches. */
export async function startDev(
  folder: string,
  { bin, temporary }: { readonly bin: string; readonly temporary: string },
): Promise<DevSession> {
  mkdirSync(temporary, { recursive: true });
  const cwd = realpathSync(folder);
  const env = { ...toUserEnvironment(), TMPDIR: temporary };
  const dev = startProgram(process.execPath, [bin, 'dev'], { cwd, env });
  await dev.printed('watching');
  return {
    dev,
    send: (consumer, lines) =>
      run(cwd, 'sh', [
        '-c',
        `cat <<'END' | "$0" "$1" send ${consumer} -\n${lines.join('\n')}\nEND`,
        process.execPath,
        bin,
      ]),
    edit(file, from, to) {
      const text = readFileSync(join(cwd, file), 'utf8');
      assert.ok(text.includes(from), `${file} has no ${from}`);
      writeFileSync(join(cwd, file), text.replace(from, to));
    },
    async stop() {
      process.kill(-(dev.child.pid ?? 0), 'SIGINT');
      const { code, stdout, stderr } = await dev.ended;
      assert.equal(code, 0, stdout + stderr);
      assert.equal(await hasLeftovers(dev), false);
      // The app's own tools keep caches there.
      const ours = readdirSync(temporary).filter((name) => name.startsWith('tailrace-'));
      assert.deepEqual(ours, []);
      assert.equal(existsSync(join(cwd, '.tailrace/dev.json')), false);
      assert.deepEqual(readdirSync(join(cwd, '.tailrace/synth')), []);
      rmSync(temporary, { recursive: true });
    },
    kill: () => dev.child.kill('SIGKILL'),
  };
}
