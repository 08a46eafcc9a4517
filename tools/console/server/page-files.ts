// The page's files: those that the published package has, or in the checkout those that are built of the sources as they are now. Built when
// somebody opens the page, at most once for each state of the sources.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';

/** A file as it is served. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** The same, compressed. */
  readonly brotli: Buffer;
}

/** Files by their address, `/` for the page itself. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** Folder of the built page in the published package. */
export const builtFolder: string = fileURLToPath(new URL('../built', import.meta.url));

const sources = fileURLToPath(new URL('../page', import.meta.url));
const root = fileURLToPath(new URL('../../../', import.meta.url));

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Reads the files, and builds them before if they have to be. @throws Error in one line, when they cannot be built */
export async function loadPage(): Promise<PageFiles> {
  const folder = existsSync(join(builtFolder, 'index.html')) ? builtFolder : await buildOnce();
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Map<string, PageFile>();
  for (const entry of names) {
    const path = join(entry.parentPath, entry.name);
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const body = await readFile(path);
    const brotli = brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
    const address = `/${path.slice(folder.length + 1)}`;
    files.set(address === '/index.html' ? '/' : address, { type, body, brotli });
  }
  return files;
}

async function buildOnce(): Promise<string> {
  const folder = join(root, 'dist', 'console', await digestSources());
  if (existsSync(join(folder, 'index.html'))) return folder;
  await mkdir(join(root, 'dist', 'console'), { recursive: true });
  const draft = await mkdtemp(join(root, 'dist', 'console', 'draft-'));
  try {
    const script = fileURLToPath(new URL('../build.ts', import.meta.url));
    await promisify(execFile)(process.execPath, [script, draft], { cwd: root });
    // Whoever else has built the same meanwhile has built the same.
    await rename(draft, folder).catch(() => {});
    return folder;
  } catch (error) {
    const { stderr = '', message } = error as { readonly stderr?: string; readonly message: string };
    const first = stderr.split('\n').find((line) => /error/i.test(line)) ?? message;
    throw new Error(`the console's page cannot be built: ${first.trim()}`, { cause: error });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** A name for the sources as they are, and for what builds them. */
async function digestSources(): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(sources, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
  const others = [
    'package-lock.json',
    'tools/console/wire.ts',
    'tools/console/record-wire.ts',
    'tools/console/build.ts',
  ];
  for (const file of [...files, ...others.map((name) => join(root, name))])
    hash.update(`${file.slice(root.length)}\n`).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}
