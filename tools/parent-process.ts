// Notices the end of the process that started this one. Own file: a run that nobody can stop any more must end by itself,
// whichever way its parent went, SIGKILL included.

const intervalMs = 500;

/**
 * Calls `onEnd` once the parent process has ended; a process whose parent had ended before is never told.
 * The system gives an orphan another parent, and that shows.
 */
export function watchParent(onEnd: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onEnd();
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
