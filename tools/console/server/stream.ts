// The stream to open pages: one message a second whatever happens, with what each page does not have yet.
import type { ServerResponse } from 'node:http';
import type { Overview } from '../wire.ts';

/** The pages that listen. */
export interface Stream {
  /** A page that begins to listen gets all points. */
  readonly open: (response: ServerResponse) => void;
  /** Sends the points since the last time. */
  readonly tick: () => void;
  /** Tells pages that the run ends, and why. */
  readonly close: (why: string) => void;
}

// A page that does not read, such as one in a laptop that sleeps, must not fill this process's memory.
const maxUnsentBytes = 1024 * 1024;

/** Makes it; `read` gives the overview with points from `since` on, in epoch seconds. */
export function createStream(read: (since: number) => Overview, onFirst: () => void): Stream {
  const pages = new Map<ServerResponse, number>();
  const send = (response: ServerResponse, since: number): void => {
    if (response.writableLength > maxUnsentBytes) return;
    const overview = read(since);
    response.write(`event: overview\ndata: ${JSON.stringify(overview)}\n\n`);
    const newest = Math.max(since, ...overview.consumers.map(({ points }) => points.at(-1)?.at ?? 0));
    pages.set(response, newest + 1);
  };
  return {
    open(response) {
      if (pages.size === 0) onFirst();
      // The page comes back by itself, a second after it has lost us.
      response.write('retry: 1000\n\n');
      pages.set(response, 0);
      response.on('close', () => pages.delete(response));
      send(response, 0);
    },
    tick() {
      for (const [response, since] of pages) send(response, since);
    },
    close(why) {
      for (const response of pages.keys()) response.end(`event: end\ndata: ${JSON.stringify({ why })}\n\n`);
      pages.clear();
    },
  };
}
