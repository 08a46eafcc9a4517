// Says so once when a handler keeps its messages after it returned: the layer that did this for SQS is what filled the memory
// of the service this project began with. A message that two full collections have not freed is kept by somebody.

import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';
import type { Log } from '../telemetry/log.ts';

/** Looks after messages that were handled. */
export interface KeptWatch {
  /** Follows messages whose handler has returned; `log` is where a finding goes. */
  follow(messages: readonly object[], log: Log | undefined): void;
}

interface Followed {
  readonly message: WeakRef<object>;
  /** Full collections before it was handled. */
  readonly since: number;
}

const maxFollowed = 200;
const fewest = 50;

/** Makes the watch; it logs at most once. */
export function createKeptWatch(): KeptWatch {
  let followed: Followed[] = [];
  let collections = 0;
  let log: Log | undefined;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().filter(isFullCollection).length;
    look();
  });
  observer.observe({ entryTypes: ['gc'] });

  function look(): void {
    const old = followed.filter(({ since }) => collections >= since + 2);
    if (old.length < fewest) return;
    const kept = old.filter(({ message }) => message.deref() !== undefined).length;
    followed = followed.filter((each) => !old.includes(each));
    if (kept * 2 <= old.length) return;
    log?.warn('the SQS handler keeps messages after it returned', { kept, followed: old.length });
    followed = [];
    observer.disconnect();
    log = undefined;
  }

  return {
    follow(messages, to) {
      log = to;
      for (const message of messages.slice(0, maxFollowed - followed.length))
        followed.push({ message: new WeakRef(message), since: collections });
    },
  };
}

/** A full collection ends with one entry of this kind; incremental marking has others. */
function isFullCollection(entry: PerformanceEntry): boolean {
  const { detail } = entry as { readonly detail?: { readonly kind?: number } };
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}
