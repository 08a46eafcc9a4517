// Debian's Chromium for tests that drive the console's page, and how it is come by: CI has none, so it is installed there.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';

const paths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const run = promisify(execFile);

/**
 * Finds a Chromium; with `CI` set it is installed where there is none. What it returns is a test's `skip`: false, or why not, in one line.
 * With `CI` set nothing is skipped: what is missing fails the test file.
 */
export async function whyNoChromium(): Promise<string | false> {
  if (findChromium() !== undefined) return false;
  if (!process.env['CI'])
    return 'there is no Chromium, got none in /usr/bin; apt-get install --no-install-recommends chromium';
  await install();
  if (findChromium() === undefined)
    throw new Error(`chromium was installed and is none of ${paths.join(', ')}`);
  return false;
}

/** Starts it, without a window. */
export async function startChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('there is no Chromium; ask whyNoChromium() before');
  // Chromium's own sandbox refuses to run as root, which tests in a container are.
  return await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

function findChromium(): string | undefined {
  return paths.find((path) => existsSync(path));
}

async function install(): Promise<void> {
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive'];
  const aptGet = async (...args: readonly string[]): Promise<void> => {
    const [command = '', ...rest] = [...prefix, 'apt-get', ...args];
    await run(command, rest, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  };
  await aptGet('update');
  await aptGet('install', '-y', '--no-install-recommends', 'chromium');
}
