// Who started a process: before one is killed by its id, since the system gives ids of ended processes to strangers.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Id of the process that started `pid`; undefined if there is no such process any more. */
export async function readParent(pid: number): Promise<number | undefined> {
  return process.platform === 'linux' ? await readProcStat(pid) : await readPs(pid);
}

async function readProcStat(pid: number): Promise<number | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // "pid (name) state parent ...", where the name may hold anything.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It has ended; that is the answer.
    return undefined;
  }
}

async function readPs(pid: number): Promise<number | undefined> {
  return await new Promise((resolve) => {
    execFile('ps', ['-o', 'ppid=', '-p', String(pid)], (error, stdout) => {
      resolve(error === null ? Number(stdout) : undefined);
    });
  });
}
