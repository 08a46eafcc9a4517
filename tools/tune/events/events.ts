// The events of a sweep: for each batch size typical ones and the heaviest, from the consumer's own records, from orders, or from recorded
// events, whose records are dealt anew.
import { readFile } from 'node:fs/promises';
import type { Subject } from '../../soak/target/soak-target.ts';
import { SoakError } from '../../soak/error.ts';
import type { RecordSource } from '../../soak/workload/records.ts';
import { createWorkload, type WorkloadEvent } from '../../soak/workload/workload.ts';
import type { ConsumerDefinition } from '../../../lib/definition/define-consumer.ts';
import { createHeaviestEvent } from './heaviest-event.ts';
import { createHeaviestOwnEvent } from './heaviest-own-event.ts';
import type { TuneOptions } from '../options.ts';
import type { Series } from '../sweep/series.ts';
import type { SeriesEvents } from '../sweep/sweep.ts';

/** How many heaviest events a size must survive: later ones find the heap as the first have left it. */
const heaviestEvents = 5;
const eventBytes = 6_291_456;

/** What events are made of. */
export interface EventsOptions extends Pick<
  TuneOptions,
  'traffic' | 'partitions' | 'packing' | 'seed' | 'events' | 'rate'
> {
  readonly envelope: Subject['envelope'];
  /** What events are made of where `traffic` names none. */
  readonly source: RecordSource;
  /** undefined for a handler whose definition is not here. */
  readonly definition: ConsumerDefinition | undefined;
  /** Seconds that the mapping gathers for; with a rate it says how full a typical event is. */
  readonly windowSeconds: number;
}

/** Events for one series. @throws {SoakError} `TRAFFIC_FILE` when the recorded events cannot be read */
export async function createSeriesEvents(
  { maxRecords, concurrency }: Series,
  options: EventsOptions,
): Promise<SeriesEvents> {
  const perEvent = toTypicalRecords(maxRecords, options);
  if (options.traffic !== undefined)
    return { ...(await fromRecorded(options.traffic, { maxRecords, perEvent, options })), concurrency };
  const workload = createWorkload({
    ...options,
    traffic: undefined,
    records: options.events * perEvent,
    recordsPerBatch: perEvent,
  });
  return {
    maxRecords,
    concurrency,
    typical: await toArray(workload),
    heaviest: repeat(await createHeaviest(maxRecords, options)),
  };
}

async function createHeaviest(maxRecords: number, options: EventsOptions): Promise<WorkloadEvent> {
  const { envelope, source, definition } = options;
  if (source.own !== undefined)
    return await createHeaviestOwnEvent({ ...options, ...source.own, maxRecords });
  const { maxDecompressedBytesPerRecord = 1_048_576 } = definition?.limits ?? {};
  return createHeaviestEvent({ ...envelope, ...options, maxDecompressedBytesPerRecord, maxRecords });
}

/** The window of a mapping that names none (Lambda guide, batching window). With 0 there is a wait, too: for the call that is under way. */
const leastWindowSeconds = 0.5;

// A topic that lags fills its batches; a rate says how many records a window gathers.
function toTypicalRecords(maxRecords: number, { rate, windowSeconds }: EventsOptions): number {
  if (rate === undefined) return maxRecords;
  const seconds = Math.max(leastWindowSeconds, windowSeconds);
  return Math.max(1, Math.min(maxRecords, Math.round(rate * seconds)));
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
): Promise<SeriesEvents> {
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
