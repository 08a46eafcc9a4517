// The run as the stream tells it: connected or not, the newest overview, and the points of the last ten minutes. Reconnects by itself.
import { useEffect, useState } from 'preact/hooks';
import type { Overview, Point, RunInfo } from '../../wire.ts';
import { ask, AskError } from './ask.ts';
import { readToken } from './token.ts';

/** What the page knows of the run. */
export interface Live {
  readonly state: 'connecting' | 'connected' | 'lost' | 'refused';
  readonly info: RunInfo | undefined;
  readonly overview: Overview | undefined;
  /** By consumer, oldest first. */
  readonly points: ReadonlyMap<string, readonly Point[]>;
}

const maxPoints = 600;
const retryMs = 1000;
// The server speaks once a second.
const silenceMs = 5000;

let live: Live = { state: 'connecting', info: undefined, overview: undefined, points: new Map() };
let source: EventSource | undefined;
let heardAt = 0;
const listeners = new Set<() => void>();

function set(change: Partial<Live>): void {
  live = { ...live, ...change };
  for (const listener of listeners) listener();
}

/** The run as of now; the component is drawn again with every message. */
export function useLive(): Live {
  const [, setVersion] = useState(0);
  useEffect(() => {
    const listener = (): void => setVersion((version) => version + 1);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return live;
}

/**
 * Connects, and goes on connecting while the tab is seen. A browser gives all tabs of a server six connections together: streams of
 * tabs in the background would leave none for questions.
 */
export function startLive(): void {
  document.addEventListener('visibilitychange', follow);
  follow();
  setInterval(() => {
    if (document.hidden) return;
    // A closed source is one that the browser has given up; a silent one may hang behind a machine that slept.
    if (source?.readyState === EventSource.CLOSED || performance.now() - heardAt > silenceMs)
      void reconnect();
  }, retryMs);
}

function follow(): void {
  if (document.hidden) source?.close();
  else connect();
}

function connect(): void {
  heardAt = performance.now();
  source?.close();
  source = new EventSource(`/api/stream?token=${readToken()}`);
  source.addEventListener('overview', (event) => take(JSON.parse(event.data as string) as Overview));
  source.addEventListener('end', () => set({ state: 'lost' }));
  source.addEventListener('error', () => {
    if (live.state !== 'refused') set({ state: 'lost' });
  });
}

/** An EventSource does not say why it was refused; a question does. */
async function reconnect(): Promise<void> {
  heardAt = performance.now();
  try {
    await ask('/run');
    connect();
  } catch (error) {
    set({ state: error instanceof AskError && error.status === 401 ? 'refused' : 'lost' });
  }
}

function take(overview: Overview): void {
  heardAt = performance.now();
  const isOther = live.overview?.run !== overview.run;
  const points = new Map(
    overview.consumers.map(({ consumer, points }) => {
      const before = isOther ? [] : (live.points.get(consumer) ?? []);
      const last = before.at(-1)?.at ?? 0;
      return [consumer, [...before, ...points.filter(({ at }) => at > last)].slice(-maxPoints)] as const;
    }),
  );
  set({ state: 'connected', overview, points, ...(isOther && { info: undefined }) });
  if (live.info === undefined || live.info.consumers.length !== overview.consumers.length) void learn();
}

let isLearning = false;

async function learn(): Promise<void> {
  if (isLearning) return;
  isLearning = true;
  try {
    set({ info: await ask<RunInfo>('/run') });
  } catch {
    // The next message asks again.
  } finally {
    isLearning = false;
  }
}

/** Names of the run's consumers. */
export function toNames(live: Live): readonly string[] {
  return (live.info?.consumers ?? []).map(({ consumer }) => consumer);
}
