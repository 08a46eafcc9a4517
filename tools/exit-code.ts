// What the exit codes of all commands say: one table, which the help shows, and which the documentation repeats.

/** Exit codes by what they say. */
export const exitCode = {
  /** Finished, and everything is right. */
  ok: 0,
  /** Finished, but something is not right. */
  wrong: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Something that the command needs is missing or has failed. */
  failed: 3,
  /** Finished without a verdict: too little of the work was done. */
  undecided: 4,
  /** Stopped by Ctrl-C, SIGTERM, or the end of the process that started it. */
  stopped: 130,
  /** The reader of the output closed it, as `| head` does. */
  closedPipe: 141,
} as const;

/** The table: code and meaning. */
export const exitCodeTable: readonly (readonly [code: number, meaning: string])[] = [
  [exitCode.ok, 'finished, and everything is right'],
  [exitCode.wrong, 'finished, but something is not right'],
  [exitCode.usage, 'the command line is wrong'],
  [exitCode.failed, 'something that the command needs is missing or has failed'],
  [exitCode.undecided, 'finished without a verdict: too little of the work was done'],
  [exitCode.stopped, 'stopped by Ctrl-C, SIGTERM, or the end of its parent process'],
  [exitCode.closedPipe, 'the reader of the output closed it, as | head does'],
];
