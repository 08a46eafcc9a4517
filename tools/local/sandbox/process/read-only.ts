// The asset and its layers are read-only on Lambda. Here they are the project's own build: a mount namespace of the function's
// process makes them read-only to it alone, where this system lets the user make one (Linux). Elsewhere they stay writable.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// `sh -c <script> sh <folders> -- <file> <args>`; the working directory is one of the folders, and has to be entered anew to
// be the read-only one.
const script =
  'while [ "$1" != -- ]; do mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"; shift; done 2>/dev/null; shift; cd "$PWD"; unset PWD OLDPWD SHLVL; exec "$@"';

const namespaces: readonly (readonly string[])[] = [
  ['--mount'],
  ['--user', '--map-current-user', '--keep-caps', '--mount'],
];

let chosen: readonly string[] | undefined;

/** What to put before a command so that `folders`, absolute, are read-only to it; nothing where that is not possible. */
export function toReadOnly(folders: readonly string[]): readonly string[] {
  chosen ??= process.platform === 'linux' ? chooseNamespace() : [];
  return chosen.length === 0 ? [] : toPrefix(chosen, folders);
}

/** Whether assets are read-only to functions here. */
export function canProtectAssets(): boolean {
  return toReadOnly([]).length > 0;
}

function toPrefix(namespace: readonly string[], folders: readonly string[]): readonly string[] {
  return ['unshare', ...namespace, '/bin/sh', '-c', script, 'sh', ...folders, '--'];
}

// Whether the user may, and whether a mount can be changed so, shows only when it is tried.
function chooseNamespace(): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-read-only-'));
  try {
    const probe = ['/bin/sh', '-c', 'mkdir inside 2>/dev/null && rmdir inside && exit 1; exit 0'];
    return (
      namespaces.find((namespace) => {
        const [file = '', ...args] = [...toPrefix(namespace, [folder]), ...probe];
        return spawnSync(file, args, { cwd: folder, stdio: 'ignore' }).status === 0;
      }) ?? []
    );
  } finally {
    rmdirSync(folder);
  }
}
