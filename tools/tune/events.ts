// The events of a sweep: for each batch size typical ones and the heaviest, from generated orders or from recorded events, whose records
// are dealt anew.
import { readFile } from 'node:fs/promises';
import type { Subject } from '../soak/soak-target.ts';
import { SoakError } from '../soak/error.ts';
import { createWorkload, type WorkloadEvent } from '../soak/workload.ts';
import { createHeaviestEvent } from './heaviest-event.ts';
import type { TuneOptions } from './options.ts';
import type { BatchEvents } from './sweep.ts';

/** How many heaviest events a size must survive: later ones find the heap as the first have left it. */
const heaviestEvents = 5;
const eventBytes = 6_291_456;

/** What events are made of. */
export interface EventsOptions extends Pick<
  TuneOptions,
  'traffic' | 'partitions' | 'meanBytes' | 'packing' | 'seed' | 'events' | 'rate'
> {
  readonly envelope: Subject['envelope'];
  readonly maxDecompressedBytesPerRecord: number;
  /** Seconds that the mapping gathers for; with a rate it says how full a typical event is. */
  readonly windowSeconds: number;
}

/** Events for one batch size. @throws {SoakError} `TRAFFIC_FILE` when the recorded events cannot be read */
export async function createBatchEvents(maxRecords: number, options: EventsOptions): Promise<BatchEvents> {
  const perEvent = toTypicalRecords(maxRecords, options);
  if (options.traffic !== undefined)
    return await fromRecorded(options.traffic, { maxRecords, perEvent, options });
  const workload = createWorkload({
    ...options,
    traffic: undefined,
    records: options.events * perEvent,
    recordsPerBatch: perEvent,
  });
  const heaviest = createHeaviestEvent({ ...options.envelope, ...options, maxRecords });
  return { maxRecords, typical: await toArray(workload), heaviest: repeat(heaviest) };
}

// A topic that lags fills its batches; a rate says how many records a window gathers.
function toTypicalRecords(maxRecords: number, { rate, windowSeconds }: EventsOptions): number {
  if (rate === undefined) return maxRecords;
  return Math.max(1, Math.min(maxRecords, Math.round(rate * windowSeconds)));
}

async function toArray(events: AsyncIterable<WorkloadEvent>): Promise<readonly WorkloadEvent[]> {
  const all: WorkloadEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

function repeat(event: WorkloadEvent): readonly WorkloadEvent[] {
  return Array.from({ length: heaviestEvents }, () => event);
}

interface RecordedEvent {
  readonly records: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

async function fromRecorded(
  path: string,
  { maxRecords, perEvent, options }: { maxRecords: number; perEvent: number; options: EventsOptions },
): Promise<BatchEvents> {
  const events = await readEvents(path);
  const [first] = events;
  const all = events.flatMap(({ records }) =>
    Object.entries(records).flatMap(([group, list]) =>
      list.map((record) => ({ group, text: JSON.stringify(record) })),
    ),
  );
  if (first === undefined || all.length === 0)
    throw new SoakError('TRAFFIC_FILE', `no records in ${path}, expected one Kafka event a line`);
  const pick = (index: number): Piece => all[index % all.length] as Piece;
  const largest = all.reduce((most, each) => (each.text.length > most.text.length ? each : most));
  const typical = Array.from({ length: options.events }, (_, index) =>
    compose(first, (at) => pick(index * perEvent + at), perEvent),
  );
  return { maxRecords, typical, heaviest: repeat(compose(first, () => largest, maxRecords)) };
}

interface Piece {
  /** `<topic>-<partition>`. */
  readonly group: string;
  readonly text: string;
}

// As many records as fit into 6 MB, at most `most`. Offsets stay as they were recorded.
function compose(frame: RecordedEvent, next: (index: number) => Piece, most: number): WorkloadEvent {
  const groups = new Map<string, string[]>();
  let bytes = 4_096;
  let records = 0;
  for (; records < most; records++) {
    const { group, text } = next(records);
    bytes += text.length + 1;
    if (bytes > eventBytes && records > 0) break;
    const texts = groups.get(group) ?? [];
    groups.set(group, texts);
    texts.push(text);
  }
  const lists = [...groups].map(([group, texts]) => `${JSON.stringify(group)}:[${texts.join(',')}]`);
  const event = JSON.stringify({ ...frame, records: 0 }).replace(
    '"records":0',
    () => `"records":{${lists.join(',')}}`,
  );
  return { event, records };
}

async function readEvents(path: string): Promise<readonly RecordedEvent[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SoakError('TRAFFIC_FILE', `recorded events cannot be read, got ${why}`, { cause });
  }
  return text
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [parseEvent(line, `${path}:${index + 1}`)]));
}

function parseEvent(line: string, place: string): RecordedEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    // The parser's message would quote the line.
    event = undefined;
  }
  const { records } = (event ?? {}) as Partial<RecordedEvent>;
  if (typeof records === 'object' && records !== null && Object.values(records).every(Array.isArray))
    return event as RecordedEvent;
  throw new SoakError(
    'TRAFFIC_FILE',
    `no Kafka event at ${place}, expected JSON with records, one event a line`,
  );
}
