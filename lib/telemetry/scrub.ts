// Error messages of user code often quote the record they failed on. What a message shares with the record's bytes is
// cut out before the message is logged, so that no payload reaches a log by way of an error.

/** Runs shorter than this stay: common words and field names would be cut otherwise. */
const minRun = 12;

/** At most this much of a message is kept: it bounds the work, and no message needs more. */
const maxMessageLength = 1000;

/** Replaces every run of 12 characters or more that also stands in one of `texts` by `[payload]`. */
export function scrub(message: string, texts: readonly string[]): string {
  const short = message.slice(0, maxMessageLength);
  const windows = new Set<string>();
  for (let i = 0; i + minRun <= short.length; i++) windows.add(short.slice(i, i + minRun));
  const shared = new Set<string>();
  for (const text of texts) {
    for (let i = 0; i + minRun <= text.length && windows.size > 0; i++) {
      const window = text.slice(i, i + minRun);
      if (windows.delete(window)) shared.add(window);
    }
  }
  return shared.size === 0 ? short : cut(short, shared);
}

function cut(message: string, shared: ReadonlySet<string>): string {
  let result = '';
  let cutUntil = 0;
  for (let i = 0; i < message.length; i++) {
    if (shared.has(message.slice(i, i + minRun))) {
      if (i >= cutUntil) result += '[payload]';
      cutUntil = i + minRun;
    }
    if (i >= cutUntil) result += message[i];
  }
  return result;
}
