// A record that is used after its function has settled, by work that nobody awaited: the use throws, the promise of that work rejects,
// and Node ends the process, with all records that are under way. While invocations are under way such a rejection is taken note of
// instead, and nothing else is.

import { ReleasedError } from './record.ts';

/** An invocation under way. */
export interface LateUseObserver {
  /** Whether the record is one of its own. */
  hasLeased(error: ReleasedError): boolean;
  noteLateUse(error: ReleasedError): void;
}

const observers = new Set<LateUseObserver>();

/**
 * Has `observer` take note of late uses of its records, and of earlier invocations', until the function that it returns is called.
 *
 * Where something else handles unhandled rejections as well, as Lambda's runtime client did before Node 24, what that does is
 * beyond this.
 */
export function observeLateUse(observer: LateUseObserver): () => void {
  if (observers.size === 0) process.on('unhandledRejection', handle);
  observers.add(observer);
  return () => {
    observers.delete(observer);
    if (observers.size === 0) process.off('unhandledRejection', handle);
  };
}

function handle(reason: unknown): void {
  if (reason instanceof ReleasedError) {
    const all = [...observers];
    const observer = all.find((each) => each.hasLeased(reason)) ?? all[0];
    observer?.noteLateUse(reason);
    return;
  }
  // A listener keeps Node from doing what it does by default, so that is done here, unless others handle it, or Node was told otherwise.
  if (process.listenerCount('unhandledRejection') > 1 || !isFatalByDefault()) return;
  throw reason;
}

// https://nodejs.org/api/cli.html#--unhandled-rejectionsmode
function isFatalByDefault(): boolean {
  const flags = `${process.execArgv.join(' ')} ${process.env['NODE_OPTIONS'] ?? ''}`;
  return !/--unhandled-rejections[= ](?:none|warn)/.test(flags);
}
