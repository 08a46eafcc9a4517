// Where this user's programs keep what can be fetched or made again: what tools keep there serves every project.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of the tools in the user's cache, absolute; it need not exist. `XDG_CACHE_HOME` moves it. */
export function userCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || env['LOCALAPPDATA'] || join(homedir(), '.cache'), 'tailrace');
}
