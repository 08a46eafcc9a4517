// How much memory of this process is resident: what a memory limit kills for. Its own file because the cheap way to ask
// exists on Linux only.

/**
 * Makes a function that gives this process's resident bytes.
 *
 * Through `/proc/self/statm`, kept open, a reading costs 2 us; `process.memoryUsage.rss()`, which is used where there is no
 * `/proc`, costs 10 us (Node 24.21, 2026-11-22).
 */
export function createResidentReader(): () => number {
  const file = openStatm();
  if (file === undefined) return () => process.memoryUsage.rss();
  const { readSync } = process.getBuiltinModule('node:fs');
  const line = Buffer.allocUnsafeSlow(128);
  // "size resident shared text lib data dt", in pages (proc_pid_statm(5)).
  const pages = (): number => {
    const end = readSync(file, line, 0, line.length, 0);
    let at = line.indexOf(space) + 1;
    let count = 0;
    for (; at < end && line[at] !== space; at++) count = count * 10 + (line[at] ?? 0) - zero;
    return count;
  };
  const pageBytes = toPageBytes(process.memoryUsage.rss() / pages());
  return () => pages() * pageBytes;
}

const space = 0x20;
const zero = 0x30;

function openStatm(): number | undefined {
  try {
    return process.getBuiltinModule('node:fs').openSync('/proc/self/statm', 'r');
  } catch {
    // Not Linux, or no /proc here: the caller asks Node instead.
    return undefined;
  }
}

/** Node does not tell a page's size; the two readings that it is derived from differ by a few pages. */
function toPageBytes(quotient: number): number {
  return 2 ** Math.round(Math.log2(quotient));
}
