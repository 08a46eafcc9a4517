// What a format gives when it first needs something that takes time, such as a schema from a registry. Own file: the
// runtime and every registry's format meet here.

/**
 * Not a value yet: open the record anew once `ready` resolves.
 *
 * Anew, because the bytes lie in a scratch area that other records overwrite meanwhile, and copying them would hold what
 * the byte budget does not know of.
 */
export class Pending {
  /** Resolves when decoding can go on; rejects with the error of the record when it cannot. */
  readonly ready: Promise<void>;

  constructor(ready: Promise<void>) {
    this.ready = ready;
  }
}

/** What a format needs did not come in time; the record is delivered again. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
  readonly code = 'NOT_READY';
}

/** Opens that came to nothing before a record is given back: only a cache smaller than the schemas in use needs two. */
const maxOpens = 16;

/**
 * Calls `open` until it gives something else than {@link Pending}, waiting between the calls.
 *
 * @throws NotReadyError `NOT_READY` once `remainingMs` gives 0 or less, or after 16 calls; else what `open` throws, or
 * what it waited for rejects with
 */
export async function openWhenReady<T>(
  open: () => T | Pending | Promise<T | Pending>,
  remainingMs: () => number,
): Promise<T> {
  for (let opens = 0; opens < maxOpens; opens++) {
    const opened = await open();
    if (!(opened instanceof Pending)) return opened;
    await readyWithin(opened, remainingMs());
  }
  throw new NotReadyError(
    `record could not be opened, got ${maxOpens} schemas that were gone again when they were needed, expected one that stays; ` +
      "raise maxSchemas of the definition's format",
  );
}

async function readyWithin({ ready }: Pending, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new NotReadyError(
      'record could not be opened in time, got no schema before the invocation ends, expected one within ' +
        `${Math.max(0, Math.round(timeoutMs))} ms; the record is delivered again`,
    );
    timer = setTimeout(() => reject(error), Math.max(0, timeoutMs));
  });
  try {
    await Promise.race([ready, late]);
  } finally {
    clearTimeout(timer);
  }
}
