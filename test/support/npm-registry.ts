// A registry of npm on this machine, with packages made for a test: what the real npm client fetches from it never leaves
// loopback.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

/** A package: its versions and the text of its `index.js`. */
export interface TestPackage {
  readonly versions: readonly string[];
  readonly code: string;
  /** More of its `package.json`. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** More files, by path; all are executable. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Starts a registry that lasts as long as the test; gives npm's settings for it, and the paths that were asked for. */
export async function startNpmRegistry(
  t: TestContext,
  packages: Readonly<Record<string, TestPackage>>,
): Promise<{
  readonly env: Readonly<Record<string, string>>;
  readonly requests: readonly string[];
  /** npm's digests of what it serves, as `<name>@<version>`. */
  readonly integrity: ReadonlyMap<string, string>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-registry-'));
  const requests: string[] = [];
  const documents = new Map<string, unknown>();
  const archives = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    requests.push(path);
    const archive = archives.get(path);
    const document = documents.get(path.slice(1));
    response.statusCode = archive === undefined && document === undefined ? 404 : 200;
    response.end(archive ?? JSON.stringify(document ?? { error: 'not found' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const digests = new Map<string, string>();
  for (const [name, { versions, code, manifest, files }] of Object.entries(packages)) {
    const entries = versions.map(async (version) => {
      const own = { name, version, main: 'index.js', ...manifest };
      const archive = await pack(folder, own, { 'index.js': code, ...files });
      const path = `/${name}/-/${version}.tgz`;
      archives.set(path, archive);
      const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
      digests.set(`${name}@${version}`, integrity);
      return [version, { ...own, dist: { tarball: url + path, integrity } }] as const;
    });
    const all = Object.fromEntries(await Promise.all(entries));
    documents.set(name, { name, 'dist-tags': { latest: versions.at(-1) }, versions: all });
  }
  const env = {
    npm_config_registry: `${url}/`,
    npm_config_cache: join(folder, 'cache'),
    npm_config_fetch_retries: '0',
  };
  return { env, requests, integrity: digests };
}

async function pack(
  parent: string,
  manifest: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, string>>,
): Promise<Buffer> {
  const folder = await mkdtemp(join(parent, 'package-'));
  for (const [path, text] of Object.entries({ ...files, 'package.json': JSON.stringify(manifest) })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { mode: 0o755 });
  }
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--ignore-scripts'], {
    cwd: folder,
  });
  const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
  return await readFile(join(folder, filename));
}
