// Which share of the time something was busy. Its own file because scaling asks for a mean: at any one moment a loaded poller
// may be idle, and an idle one loaded.

/** Adds up busy time. */
export interface BusyClock {
  /** Whether it is busy from now on. */
  readonly set: (isBusy: boolean) => void;
  /** The busy share of the time, 0..1, since the last call or since the clock was made. */
  readonly take: () => number;
}

/** Starts idle. `now` gives milliseconds of a clock that never goes back. */
export function createBusyClock(now: () => number = () => performance.now()): BusyClock {
  let isBusy = false;
  let startMs = now();
  let sinceMs = startMs;
  let busyMs = 0;
  const set = (value: boolean): void => {
    const atMs = now();
    if (isBusy) busyMs += atMs - sinceMs;
    isBusy = value;
    sinceMs = atMs;
  };
  return {
    set,
    take() {
      set(isBusy);
      const passedMs = sinceMs - startMs;
      const share = passedMs > 0 ? busyMs / passedMs : 0;
      startMs = sinceMs;
      busyMs = 0;
      return share;
    },
  };
}
