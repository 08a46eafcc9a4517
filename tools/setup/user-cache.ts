// Where this user's programs keep what can be fetched or made again: what tools keep there serves every project.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the tools in the user's cache, absolute; it need not exist. `XDG_CACHE_HOME` moves it. */
export function userCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || env['LOCALAPPDATA'] || join(homedir(), '.cache'), 'tailrace');
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The folder of programs that are fetched once, absolute; it need not exist. `.cache` in this repository; the user's cache for the published
 * command line, whose own folder an install replaces.
 */
export function fetchedFolder(): string {
  return existsSync(join(root, 'cdk.json')) ? join(root, '.cache') : userCacheFolder();
}
