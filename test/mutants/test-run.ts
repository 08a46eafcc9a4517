// One test file in a copy of the project, in a process of its own: whether it passes, fails, or does not end.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** How a test file has ended. */
export interface TestRun {
  readonly outcome: 'passed' | 'failed' | 'hung';
  /** The first test that failed. */
  readonly failedTest: string | undefined;
  /** Tests that passed, those that were skipped left out. */
  readonly passed: number;
  readonly milliseconds: number;
}

/** Where and how long. */
export interface TestRunOptions {
  readonly root: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Runs a test file. Rejects when it is aborted. */
export async function runTestFile(
  file: string,
  { root, timeoutMs, signal }: TestRunOptions,
): Promise<TestRun> {
  const startedMs = performance.now();
  // Of node --test, whose child this may be, and of npm test, which looks for payloads in what is printed.
  const { NODE_TEST_CONTEXT: _context, TAILRACE_PAYLOAD_DUMP: _dump, ...env } = process.env;
  const child = spawn(process.execPath, ['--no-warnings', '--test-reporter=tap', file], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    // A group of its own, so that what a test has started ends with it.
    detached: process.platform !== 'win32',
  });
  let isHung = false;
  const kill = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  };
  const timer = setTimeout(() => {
    isHung = true;
    kill();
  }, timeoutMs);
  signal.addEventListener('abort', kill);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  try {
    // What outlives its test may hold the output open: it ends with the group.
    const printed = text(child.stdout);
    const code = await ended;
    kill();
    const tap = await printed;
    signal.throwIfAborted();
    return {
      outcome: isHung ? 'hung' : code === 0 ? 'passed' : 'failed',
      failedTest: /^\s*not ok \d+ - (.*)$/m.exec(tap)?.[1],
      passed: Number(/^# pass (\d+)$/m.exec(tap)?.[1] ?? 0),
      milliseconds: performance.now() - startedMs,
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  }
}
