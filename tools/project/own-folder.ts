// `.tailrace/` in a project: what the commands make there while they run. git leaves it out, whatever the project's .gitignore says.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of a name in the project's `.tailrace/`, which is there afterwards. */
export function ensureOwnFolder(project: string, name: string): string {
  const own = join(project, '.tailrace');
  const folder = join(own, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(own, '.gitignore'), '*\n');
  return folder;
}
