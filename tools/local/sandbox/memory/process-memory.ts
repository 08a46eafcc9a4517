// Peak resident memory of another process, as Lambda reports it ("Max Memory Used"). Its own file because every
// operating system tells it differently, and only Linux tells the peak itself.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Reads the highest resident memory that a process has had so far, in MB (2^20 bytes).
 * Linux: VmHWM, exact. Elsewhere: the resident memory of this moment, by `ps`. Undefined once the process is gone.
 */
export async function readPeakMemoryMb(pid: number): Promise<number | undefined> {
  return process.platform === 'linux' ? readProcStatus(pid) : await readPs(pid);
}

function readProcStatus(pid: number): number | undefined {
  let status: string;
  try {
    // Synchronous: 20 µs, and the process may be gone a moment later.
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // The process has ended; whatever was read before stands.
    return undefined;
  }
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024);
}

async function readPs(pid: number): Promise<number | undefined> {
  return await new Promise((resolve) => {
    execFile('ps', ['-o', 'rss=', '-p', String(pid)], (error, stdout) => {
      const kilobytes = Number.parseInt(stdout, 10);
      resolve(error !== null || Number.isNaN(kilobytes) ? undefined : Math.round(kilobytes / 1024));
    });
  });
}
