// A small shell beside every sandbox that outlives the runner by a moment: it kills the function's processes and removes
// its control groups and its folder of temporary files when the runner has died. A stopped process cannot notice that by itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A waiting shell. */
export interface Janitor {
  /** False if it could not be started: then nothing may be left stopped. */
  readonly isThere: boolean;
  /** Sends it away: there is nothing left to clean. */
  readonly dismiss: () => Promise<void>;
}

// Its standard input ends when the runner ends, SIGKILL included. A word on it first means that all was done in order.
const script = `
read -r word && exit 0
kill -s KILL -- "-$1"
[ -z "$2" ] || rm -rf -- "$2"
shift 2
for folder; do
  tries=0
  until rmdir "$folder" || [ $tries -ge 100 ]; do sleep 0.1; tries=$((tries + 1)); done
done`;

/**
 * Starts the janitor of the process group `pid`, of its control groups' `folders`, and of `rubbish`, a folder that goes with
 * its content (default none). Not for Windows.
 */
export function hireJanitor(pid: number, folders: readonly string[], rubbish = ''): Janitor {
  const shell = spawn('/bin/sh', ['-c', script, 'sh', String(pid), rubbish, ...folders], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
    // Out of the terminal's process group, or Ctrl-C would end it before the runner.
    detached: true,
  });
  const ended = once(shell, 'close').catch(() => {
    // It could not be started; `isThere` tells.
  });
  // It may have been killed: its end is awaited below, the broken pipe adds nothing.
  shell.stdin.on('error', () => {});
  shell.unref();
  return {
    isThere: shell.pid !== undefined,
    async dismiss() {
      shell.ref();
      shell.stdin.end('done\n');
      await ended;
    },
  };
}
