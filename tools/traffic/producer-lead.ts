// How many bytes of one partition the slowest consumer still has before it: what waits to be sent and what was sent but
// not read. Own file: the arithmetic that keeps a forgetful broker from losing records is worth its own test.

/** Bytes between the producer and the slowest consumer of one partition. */
export interface Ahead {
  /** Notes bytes that are about to be sent. */
  waits(bytes: number): void;
  /** Notes that bytes that waited are stored; `end` is the offset behind them, rising from call to call. */
  landed(bytes: number, end: number): void;
  /** Whether there is anything ahead, and more of it than maxBytes, once all before offset `consumed` are read. */
  exceeds(maxBytes: number, consumed: number): boolean;
}

/** Makes the count for one partition, at zero. A record larger than the limit passes when nothing else is ahead. */
export function createAhead(): Ahead {
  const sent: { readonly bytes: number; readonly end: number }[] = [];
  let head = 0;
  let total = 0;
  return {
    waits(bytes) {
      total += bytes;
    },
    landed(bytes, end) {
      sent.push({ bytes, end });
    },
    exceeds(maxBytes, consumed) {
      for (let next = sent[head]; next !== undefined && next.end <= consumed; next = sent[head]) {
        total -= next.bytes;
        head += 1;
      }
      if (head > 1_024) {
        sent.splice(0, head); // now and then: shift() for each would move the whole array
        head = 0;
      }
      return total > 0 && total > maxBytes;
    },
  };
}
