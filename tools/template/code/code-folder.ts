// The folder of a function's or a layer's code: the asset itself where it is one; else what a zip file holds, or the code in the
// template, unpacked once into the user's cache under a digest of it.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { userCacheFolder } from '../../setup/user-cache.ts';
import { unzip } from './zip.ts';

/** The folder of inline code: CloudFormation puts it into a file named `index.js` (template reference, `Code`). */
export function toInlineFolder(text: string): string {
  return unpack(text, (folder) => writeFileSync(join(folder, 'index.js'), text));
}

/** The folder of what a zip file holds, the same for the same content. @throws {ZipError} `BAD_ZIP` */
export function toUnzippedFolder(file: string): string {
  return unpack(readFileSync(file), (folder) => unzip(file, folder));
}

const unusedDays = 7;

/** Fills a folder of this content, unless there is one already. */
function unpack(content: string | Buffer, fill: (folder: string) => void): string {
  const key = createHash('sha256').update(content).digest('hex').slice(0, 32);
  const folder = join(userCacheFolder(), 'unpacked', key);
  if (existsSync(folder)) {
    const now = new Date();
    utimesSync(folder, now, now);
    return folder;
  }
  removeUnused(dirname(folder));
  const attempt = `${folder}.${process.pid}`;
  try {
    mkdirSync(attempt, { recursive: true });
    fill(attempt);
    // Another run may have been quicker; its folder holds the same.
    if (!existsSync(folder)) renameSync(attempt, folder);
  } finally {
    rmSync(attempt, { recursive: true, force: true });
  }
  return folder;
}

function removeUnused(parent: string): void {
  if (!existsSync(parent)) return;
  const since = Date.now() - unusedDays * 86_400_000;
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name);
    // Another run may be removing it as well.
    const age = statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
    if (age !== undefined && age < since) rmSync(folder, { recursive: true, force: true });
  }
}
