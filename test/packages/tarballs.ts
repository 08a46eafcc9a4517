// The packages as a user gets them: built and packed into a folder of the test's own.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackages } from '../../tools/build/build.ts';

/** Where the two packages lie, unpacked and packed. */
export interface Tarballs {
  /** A new folder that holds all of it; whoever asked for it removes it. */
  readonly folder: string;
  readonly runtime: PackedPackage;
  readonly commandLine: PackedPackage;
}

/** One package. */
export interface PackedPackage {
  readonly folder: string;
  readonly tarball: string;
  /** Paths in the tarball. */
  readonly files: readonly string[];
  readonly packedBytes: number;
}

/** Builds and packs both packages. */
export async function packTarballs(): Promise<Tarballs> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tailrace-packages-')));
  await buildPackages(folder);
  return { folder, runtime: pack(folder, 'tailrace'), commandLine: pack(folder, 'tailrace-cli') };
}

function pack(folder: string, name: string): PackedPackage {
  const json = npm(['pack', '--json', '--pack-destination', folder], join(folder, name));
  const [{ filename, files, size }] = JSON.parse(json) as [
    { filename: string; size: number; files: readonly { readonly path: string }[] },
  ];
  return {
    folder: join(folder, name),
    tarball: join(folder, filename),
    files: files.map(({ path }) => path),
    packedBytes: size,
  };
}

/** Runs the ordinary npm client, without asking anybody's account or audit service; gives its standard output. */
export function npm(args: readonly string[], cwd: string): string {
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error', '--prefer-offline'];
  return execFileSync('npm', [...args, ...quiet], {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32', // npm is a .cmd file there
    maxBuffer: 16_777_216,
  });
}
