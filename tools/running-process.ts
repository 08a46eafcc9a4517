/** Whether there is a process with this id, whoever's it is. */
export function isRunning(pid: number): boolean {
  // 0 and below are groups.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
