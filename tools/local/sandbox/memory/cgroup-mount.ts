// Where on this machine a control group of ours may be made. Its own file because it is all about how Linux systems
// lay out their groups (version 1, version 2, both, in containers), and the answer is text that can be tested.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** What a group can bound. */
export type CgroupController = 'memory' | 'cpu';

/** A folder of the cgroup file system in which a group of ours might be made. */
export interface CgroupPlace {
  readonly version: 1 | 2;
  readonly folder: string;
}

/** What Linux tells of this process's groups. */
export interface CgroupTables {
  /** Text of `/proc/self/mountinfo`. */
  readonly mounts: string;
  /** Text of `/proc/self/cgroup`. */
  readonly groups: string;
}

/** Reads the tables of this process; undefined where there is no `/proc`, as on macOS. */
export function readCgroupTables(): CgroupTables | undefined {
  try {
    return {
      mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
      groups: readFileSync('/proc/self/cgroup', 'utf8'),
    };
  } catch {
    // Not Linux, or a kernel without control groups: both mean that there are none to use.
    return undefined;
  }
}

/**
 * Lists the places that the layout suggests for a controller, best first; whether one works has to be tried.
 *
 * Version 1: below the runner's own group, so that whatever bounds the runner bounds its sandboxes as well. Version 2
 * forbids that (a group with processes has no children with controllers), so there the groups above follow too, nearest
 * first (Linux, cgroup-v2.rst, "No Internal Process Constraint").
 */
export function listCgroupPlaces(controller: CgroupController, tables: CgroupTables): readonly CgroupPlace[] {
  const mounts = tables.mounts.split('\n').flatMap(parseMount);
  const groups = tables.groups.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const ownPath = (isIt: (controllers: readonly string[]) => boolean): string | undefined =>
    groups.find((match) => match !== null && isIt((match[1] ?? '').split(',')))?.[2];

  const first = mounts.find(({ type, options }) => type === 'cgroup' && options.includes(controller));
  const firstFolder = toFolder(
    first,
    ownPath((controllers) => controllers.includes(controller)),
  );
  const second = mounts.find(({ type }) => type === 'cgroup2');
  const secondFolder = toFolder(
    second,
    ownPath(([name]) => name === ''),
  );
  return [
    ...(firstFolder === undefined ? [] : [{ version: 1 as const, folder: firstFolder }]),
    ...(second === undefined || secondFolder === undefined
      ? []
      : upTo(second.point, secondFolder).map((folder) => ({ version: 2 as const, folder }))),
  ];
}

interface Mount {
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

// `36 35 98:0 /root /point rw,noatime master:1 - type source options` (proc_pid_mountinfo(5)).
function parseMount(line: string): readonly Mount[] {
  const [left = '', right = ''] = line.split(' - ');
  const [, , , root, point] = left.split(' ');
  const [type = '', , options = ''] = right.split(' ');
  return root === undefined || point === undefined
    ? []
    : [{ root, point, type, options: options.split(',') }];
}

// A container may see only a part of the hierarchy, mounted at its own root.
function toFolder(mount: Mount | undefined, path: string | undefined): string | undefined {
  if (mount === undefined || path === undefined) return undefined;
  const inside = relative(mount.root, path);
  return inside.startsWith('..') ? undefined : join(mount.point, inside);
}

function upTo(top: string, folder: string): readonly string[] {
  return folder === top ? [folder] : [folder, ...upTo(top, dirname(folder))];
}
