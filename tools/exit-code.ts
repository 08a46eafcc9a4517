// What the exit codes of all commands say: one table, which the help shows, and which the documentation repeats.

/** Exit codes by what they say. */
export const exitCode = {
  /** Done, and the result is as it must be. */
  ok: 0,
  /** Done, and the result is not as it must be. */
  wrong: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Something that the command needs is missing or has failed. */
  failed: 3,
  /** Done, and there is no telling: too little of the work was done. */
  undecided: 4,
  /** Stopped by Ctrl-C, SIGTERM, or the end of the process that started it. */
  stopped: 130,
  /** Whoever read the output has closed it, as `| head` does. */
  closedPipe: 141,
} as const;

/** The table: code and meaning. */
export const exitCodeTable: readonly (readonly [code: number, meaning: string])[] = [
  [exitCode.ok, 'done, and the result is as it must be'],
  [exitCode.wrong, 'done, and the result is not as it must be'],
  [exitCode.usage, 'the command line is wrong'],
  [exitCode.failed, 'something that the command needs is missing or has failed'],
  [exitCode.undecided, 'done, and there is no telling: too little of the work was done'],
  [exitCode.stopped, 'stopped by Ctrl-C, SIGTERM, or the end of its parent process'],
  [exitCode.closedPipe, 'whoever read the output has closed it, as | head does'],
];
