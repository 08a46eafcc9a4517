// Who started a process, and whether it is at work: before one is killed by its id, since the system gives ids of ended
// processes to strangers.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** What the system says of a process. */
export interface ProcessState {
  /** Id of the process that started it. */
  readonly parent: number;
  /** As a frozen sandbox is. */
  readonly isStopped: boolean;
}

/** Undefined if there is no such process any more. */
export async function readProcessState(pid: number): Promise<ProcessState | undefined> {
  return process.platform === 'linux' ? await readProcStat(pid) : await readPs(pid);
}

async function readProcStat(pid: number): Promise<ProcessState | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // "pid (name) state parent ...", where the name may hold anything.
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(parent), isStopped: state === 'T' };
  } catch {
    // It has ended; that is the answer.
    return undefined;
  }
}

async function readPs(pid: number): Promise<ProcessState | undefined> {
  return await new Promise((resolve) => {
    execFile('ps', ['-o', 'ppid=,stat=', '-p', String(pid)], (error, stdout) => {
      const [parent, state = ''] = stdout.trim().split(/\s+/);
      resolve(error === null ? { parent: Number(parent), isStopped: state.startsWith('T') } : undefined);
    });
  });
}
