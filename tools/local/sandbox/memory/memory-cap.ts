// The memory size of a function, enforced on its process by the best means that this machine has. Its own file because
// the means differ in all but their purpose: the kernel kills a group's process, a watchdog has to look and kill itself.
import { createCgroup, findCgroupPlaces } from './cgroup.ts';
import { readPeakMemoryMb } from './process-memory.ts';

/**
 * How memory is capped.
 * - `cgroup v1`, `cgroup v2`: by the kernel, exact; every process that the function starts counts as well.
 * - `watchdog`: by looking at the function's process every 5 ms (Linux) or as often as `ps` answers (elsewhere).
 */
export type MemoryCapKind = 'cgroup v1' | 'cgroup v2' | 'watchdog';

/** What to cap. */
export interface MemoryCapOptions {
  readonly kind: MemoryCapKind;
  /** The function's memory size, in MB (2^20 bytes). */
  readonly limitMb: number;
  /** CPUs that the process may use; undefined: all. Needs a control group. */
  readonly cpus: number | undefined;
}

/** A cap for one process. */
export interface MemoryCap {
  /** Control groups that the process must join before its first page; none for a watchdog alone. */
  readonly folders: readonly string[];
  /** Names the process once it has started; `kill` ends it. */
  readonly watch: (pid: number, kill: () => void) => void;
  /** Between these two the process is stopped and cannot allocate. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Kills the process if it has ever been over its limit, even if nobody saw it then; true if so. */
  readonly check: () => Promise<boolean>;
  /** Bounds CPU time anew, in CPUs; only where `cpus` was given. */
  readonly setCpus: (cpus: number) => void;
  /** Kills what the process has started and left behind, as far as the cap knows of it. */
  readonly killRest: () => void;
  /** Whether the process was killed for its memory; valid until `release`. */
  readonly wasExceeded: () => boolean;
  /** Gives back what the cap has taken, once the process has ended. */
  readonly release: () => Promise<void>;
}

// A group is not charged for pages of Node's own executable that another process has read first, and the runner, a Node
// as well, always has. Lambda has no such neighbour. Resident are 36 MB of them in an idle Node, 45 after a first
// invocation, 50 in a function that has worked, 0.1 of them charged (RssFile and mapped_file, Node 24.21, Linux x64,
// three handlers, with and without the AWS SDK). The most is taken off the limit: a process dies when its *resident*
// memory reaches the memory size, as under the watchdog, or up to 14 MB before, never after.
const sharedTextMb = 50;
const watchdogIntervalMs = process.platform === 'linux' ? 5 : 50;

/** Chooses the best means of this machine; the same answer at every call. */
export function chooseMemoryCap(): MemoryCapKind {
  const { memory } = findCgroupPlaces();
  return memory === undefined ? 'watchdog' : `cgroup v${memory.version}`;
}

/** Whether CPU time can be bounded here. */
export function canCapCpu(): boolean {
  return findCgroupPlaces().cpu !== undefined;
}

/** Makes the cap of one process that is about to start. @throws as `createCgroup` does. */
export function capMemory({ kind, limitMb, cpus }: MemoryCapOptions): MemoryCap {
  const isGroup = kind !== 'watchdog';
  const memoryBytes = isGroup ? (limitMb - sharedTextMb) * 1024 * 1024 : undefined;
  const group = isGroup || cpus !== undefined ? createCgroup({ memoryBytes, cpus }) : undefined;
  const shared = {
    folders: group?.folders ?? [],
    setCpus: (bound: number): void => group?.setCpus(bound),
    killRest: (): void => group?.kill(),
    release: async (): Promise<void> => await group?.remove(),
  };
  if (!isGroup) return { ...createWatchdog(limitMb), ...shared };
  return {
    ...shared,
    watch: nothing,
    pause: nothing,
    resume: nothing,
    check: async () => false,
    wasExceeded: () => group?.wasOomKilled() === true,
  };
}

// The kernel looks after a group by itself.
function nothing(): void {}

function createWatchdog(limitMb: number): Omit<MemoryCap, 'folders' | 'setCpus' | 'killRest' | 'release'> {
  let watched: { readonly pid: number; readonly kill: () => void } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let round = 0;
  let isExceeded = false;

  const check = async (): Promise<boolean> => {
    if (watched === undefined || isExceeded) return isExceeded;
    const peakMb = await readPeakMemoryMb(watched.pid);
    // Another look may have killed it meanwhile.
    if (isExceeded || peakMb === undefined || peakMb <= limitMb) return isExceeded;
    isExceeded = true;
    watched.kill();
    return true;
  };
  const poll = async (own: number): Promise<void> => {
    const isOver = await check();
    // Paused, or paused and resumed, while `ps` was at it.
    if (isOver || own !== round) return;
    timer = setTimeout(() => void poll(own), watchdogIntervalMs).unref();
  };
  const pause = (): void => {
    round++;
    clearTimeout(timer);
  };
  const resume = (): void => {
    pause();
    void poll(round);
  };
  return {
    watch(pid, kill) {
      watched = { pid, kill };
      resume();
    },
    pause,
    resume,
    check,
    wasExceeded() {
      // Asked once the process has ended: nothing is left to watch.
      pause();
      return isExceeded;
    },
  };
}
