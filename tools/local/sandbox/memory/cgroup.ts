// Control groups that bound one sandbox each: found usable once per process by trying, named after the runner so that
// what a crashed one left behind can be told and removed. Linux only; elsewhere nothing is found.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  listCgroupPlaces,
  readCgroupTables,
  type CgroupController,
  type CgroupPlace,
} from './cgroup-mount.ts';
import { isRunning } from '../../../running-process.ts';
import { LocalError } from '../../error.ts';

/** Where groups can be made here; undefined where they cannot. */
export interface CgroupPlaces {
  readonly memory: CgroupPlace | undefined;
  readonly cpu: CgroupPlace | undefined;
}

/** Bounds of a group; what is undefined is not bounded. */
export interface CgroupLimits {
  readonly memoryBytes: number | undefined;
  /** In CPUs: 0.5 is half of one. */
  readonly cpus: number | undefined;
}

/** A group that was made. */
export interface Cgroup {
  /** Its folder in every hierarchy; a process joins by writing its id to `cgroup.procs` in each. */
  readonly folders: readonly string[];
  /** Whether the kernel has killed a process of the group because the group was out of memory. */
  readonly wasOomKilled: () => boolean;
  /** Bounds CPU time anew; not for a group that was made without such a bound. */
  readonly setCpus: (cpus: number) => void;
  /** Kills all processes in it. */
  readonly kill: () => void;
  /** Removes it; its processes must have ended or been killed. */
  readonly remove: () => Promise<void>;
}

/** A command that joins `folders` and becomes what follows: `sh -c <script> sh <folders> -- <file> <args>`. */
export const joinScript =
  'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 126; shift; done; shift; unset PWD OLDPWD SHLVL; exec "$@"';

const prefix = 'tailrace-';
let found: CgroupPlaces | undefined;
let made = 0;

/** Finds, once per process, where groups can be made, and removes those of runners that are dead. */
export function findCgroupPlaces(): CgroupPlaces {
  if (found !== undefined) return found;
  const tables = readCgroupTables();
  const usable = (controller: CgroupController): CgroupPlace | undefined =>
    tables && listCgroupPlaces(controller, tables).find((place) => isUsable(place, controller));
  const memory = usable('memory');
  // A process is in one group of version 2 only, so there both bounds must be had in the same place.
  const isShared = memory?.version === 2;
  const cpu = isShared ? (isUsable(memory, 'cpu') ? memory : undefined) : usable('cpu');
  for (const place of [memory, cpu]) if (place !== undefined) removeStale(place.folder);
  return (found = { memory, cpu });
}

/**
 * Makes a group with these limits.
 * @throws {LocalError} `UNSUPPORTED` when groups cannot bound it here. @throws {Error} with the system's code when the kernel
 *   refuses the limit.
 */
export function createCgroup(limits: CgroupLimits): Cgroup {
  const name = `${prefix}${process.pid}-${++made}`;
  const { memoryBytes, cpus } = limits;
  const memory = memoryBytes === undefined ? undefined : openFolder('memory', name);
  const cpu = cpus === undefined ? undefined : openFolder('cpu', name);
  const folders = [...new Set([memory, cpu].flatMap((place) => (place === undefined ? [] : [place.folder])))];
  try {
    if (memory && memoryBytes !== undefined) limitMemory(memory, memoryBytes);
    if (cpu && cpus !== undefined) limitCpus(cpu, cpus);
  } catch (error) {
    for (const folder of folders) rmdirSync(folder);
    throw error;
  }
  return {
    folders,
    wasOomKilled() {
      if (memory === undefined) return false;
      const file = memory.version === 1 ? 'memory.oom_control' : 'memory.events';
      return /^oom_kill [1-9]/m.test(readFileSync(join(memory.folder, file), 'utf8'));
    },
    setCpus(cpus) {
      if (cpu === undefined) throw new RangeError('group without a bound of CPU time');
      limitCpus(cpu, cpus);
    },
    kill: () => folders.forEach(killMembers),
    async remove() {
      await Promise.all(folders.map(removeFolder));
    },
  };
}

function openFolder(controller: CgroupController, name: string): CgroupPlace {
  const place = findCgroupPlaces()[controller];
  if (place === undefined) {
    throw new LocalError(
      'UNSUPPORTED',
      `control groups cannot bound ${controller} here, got no place to make one, expected Linux with a group that this user may divide; start it with systemd-run --user --scope --property Delegate=yes, or go without`,
    );
  }
  const folder = join(place.folder, name);
  mkdirSync(folder, { recursive: true });
  return { version: place.version, folder };
}

function limitMemory({ version, folder }: CgroupPlace, bytes: number): void {
  const set = (file: string, value: number): void => writeFileSync(join(folder, file), String(value));
  // Lambda does not swap. Without swap in the kernel there is no such file, and no need for it.
  const setIfThere = (file: string, value: number): void => {
    if (existsSync(join(folder, file))) set(file, value);
  };
  set(version === 1 ? 'memory.limit_in_bytes' : 'memory.max', bytes);
  if (version === 1) return setIfThere('memory.memsw.limit_in_bytes', bytes);
  setIfThere('memory.swap.max', 0);
  setIfThere('memory.oom.group', 1);
}

// Short periods: of the default 100 ms, a small function would stand still for 90.
const cpuPeriodUs = 20_000;
// The kernel's least.
const minCpuQuotaUs = 1000;

function limitCpus({ version, folder }: CgroupPlace, cpus: number): void {
  const quotaUs = Math.max(minCpuQuotaUs, Math.round(cpus * cpuPeriodUs));
  if (version === 2) return writeFileSync(join(folder, 'cpu.max'), `${quotaUs} ${cpuPeriodUs}`);
  writeFileSync(join(folder, 'cpu.cfs_period_us'), String(cpuPeriodUs));
  writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quotaUs));
}

// Read-only mounts, missing rights and missing controllers show only when it is tried, joining included.
function isUsable(place: CgroupPlace, controller: CgroupController): boolean {
  const folder = join(place.folder, `${prefix}${process.pid}-probe`);
  try {
    if (place.version === 2) {
      const passedOn = readFileSync(join(place.folder, 'cgroup.subtree_control'), 'utf8');
      if (!passedOn.split(/\s/).includes(controller)) return false;
    }
    mkdirSync(folder);
  } catch {
    // The answer to the question: not here.
    return false;
  }
  try {
    if (controller === 'memory') limitMemory({ version: place.version, folder }, 64 * 1024 * 1024);
    else limitCpus({ version: place.version, folder }, 1);
    return (
      spawnSync('/bin/sh', ['-c', joinScript, 'sh', folder, '--', 'true'], { stdio: 'ignore' }).status === 0
    );
  } catch {
    // As above: the kernel refused a limit.
    return false;
  } finally {
    rmdirSync(folder);
  }
}

function removeStale(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    if (Number.isNaN(pid) || pid === process.pid || isRunning(pid)) continue;
    try {
      rmdirSync(join(parent, name));
    } catch (error) {
      // Somebody else's start was faster, or its processes are just being killed: the next start removes it.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'EBUSY') throw error;
    }
  }
}

function killMembers(folder: string): void {
  for (const line of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n')) {
    const pid = Number(line);
    // 0 stands for a process outside this process's own namespace; as a target it would be the runner itself.
    if (pid > 0 && isRunning(pid)) process.kill(pid, 'SIGKILL');
  }
}

// A process that has just ended may still count as a member for a moment.
async function removeFolder(folder: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await rmdir(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || tries === 100) throw error;
      await delay(10);
    }
  }
}
