// A function's reserved concurrency: how many of its invocations run at once, whichever of its mappings they come from. AWS
// throttles what is over it, and the mapping sends that again without counting an attempt; here it waits for its turn, which
// a function cannot tell apart.
import type { FunctionHost } from './function-host.ts';

/** Places for invocations. */
export interface Places {
  /** Waits for a place, first come, first served; call the result, once, to leave it. */
  readonly take: () => Promise<() => void>;
}

/** Makes `count` places, 1 or more. */
export function createPlaces(count: number): Places {
  const waiting: (() => void)[] = [];
  let free = count;
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  return {
    async take() {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return leave;
    },
  };
}

/** A host whose invocations take a place each. */
export function keepPlaces(host: FunctionHost, places: Places): FunctionHost {
  return {
    ...host,
    async invoke(request) {
      const leave = await places.take();
      try {
        // After a close this says at once that nothing ran, so nobody waits in vain.
        return await host.invoke(request);
      } finally {
        leave();
      }
    },
  };
}
