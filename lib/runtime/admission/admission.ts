// Which record may start now. Two things stop records: the invocation's deadline, and the process's memory. Own file: it is the one
// place where lanes wait for each other's memory, those of other invocations in the same process included.

import type { EventRecord } from '../event/event.ts';
import type { Watermark } from '../../memory/watermark.ts';
import type { ValueDecoder } from '../record/value-decoder.ts';

/** Why a record does not start in this invocation. */
export type StopReason = 'deadline' | 'memory';

/** Memory at the moment when records were stopped, in bytes. */
export interface Shortage {
  readonly residentBytes: number;
  /** What the next record was held to need. */
  readonly neededBytes: number;
  readonly markBytes: number;
  readonly limitBytes: number;
}

/** What an admission works with. */
export interface AdmissionSetup {
  readonly watermark: Watermark;
  readonly now: () => number;
  readonly maxRecordBytes: number;
  readonly decoder: Pick<ValueDecoder<unknown, unknown>, 'decompressedSize' | 'shrink'>;
}

// A record's bytes lie in two scratch areas, are a text, and become objects.
const copiesOfRecord = 4;
// A base64 text of this length is looked at however short the last look is ago: what it decompresses to is no small matter.
const largeTextLength = 65_536;
// Touching memory takes time as well: the next look is due before what room there is could be full.
const bytesPerMs = 8_388_608;
const longestLookMs = 8;
// Reading the clock is 2 % of an invocation of small records: while memory has room to spare it is read for every eighth of
// those that take under a millisecond together.
const unreadRecords = 7;
const quickMs = 1;
// While others are under way a record can wait for them instead, and a collection finds the less the shorter the last one
// is ago: without this limit every small record was preceded by one, 90 s for 6,500 of them (102 MB, Node 24.21, 2026-11).
const workPerCollection = 10;

interface Waiter {
  readonly entrance: Entrance;
  readonly record: EventRecord;
  readonly settle: (reason: StopReason | undefined) => void;
}

type Answer = StopReason | undefined | Promise<StopReason | undefined>;

/** Lets the records of one consumer start, or not: those of all its invocations that are under way in this process. */
export class Admission {
  readonly #setup: AdmissionSetup;
  readonly #largestBytes: number;
  readonly #waiting: Waiter[] = [];
  /** The invocations under way, the oldest first. */
  readonly #entrances = new Set<Entrance>();
  #underWay = 0;
  #lookAt = 0;
  #hasRoomToSpare = false;
  // Resident memory when nothing was under way, and what each record under way was seen to add to it.
  #restBytes = 0;
  #seenBytes = 0;
  // Whether no record has settled since the last collection, so that another one would find nothing.
  #isCollected = false;
  #collectAt = 0;

  /** Nothing has started yet. */
  constructor(setup: AdmissionSetup) {
    this.#setup = setup;
    this.#largestBytes = setup.maxRecordBytes * copiesOfRecord;
  }

  /** Opens the entrance of one invocation; its `close` must follow. No record starts from `startUntil` on, in epoch milliseconds. */
  open(startUntil: number): Entrance {
    // What the records of an earlier invocation were seen to take is no measure for others.
    if (this.#entrances.size === 0) [this.#restBytes, this.#seenBytes] = [0, 0];
    const entrance = new Entrance(this, this.#setup.now, startUntil);
    this.#entrances.add(entrance);
    return entrance;
  }

  /** Whether memory was looked at so recently that records may start without another look. */
  isFresh(time: number): boolean {
    return time < this.#lookAt && this.#waiting.length === 0;
  }

  /** Whether the last look has found so much room that not even the clock must be read for each quick record. */
  get hasRoomToSpare(): boolean {
    return this.#hasRoomToSpare;
  }

  /** Counts a record that starts. */
  enter(entrance: Entrance): undefined {
    entrance.started++;
    this.#underWay++;
  }

  /** Looks at the memory for a record; a promise while other records must settle first. */
  look(entrance: Entrance, record: EventRecord, time: number): Answer {
    const { watermark } = this.#setup;
    const decision = this.#waiting.length > 0 ? 'wait' : this.#decide(entrance, record);
    const roomBytes = watermark.markBytes - watermark.residentBytes;
    const lookMs = Math.min(longestLookMs, Math.max(1, Math.floor(roomBytes / bytesPerMs)));
    this.#lookAt = time + lookMs;
    this.#hasRoomToSpare = lookMs === longestLookMs;
    if (decision !== 'wait') return decision;
    return new Promise((settle) => this.#waiting.push({ entrance, record, settle }));
  }

  /** Ends a record that was let start. */
  leave(): void {
    this.#underWay--;
    this.#isCollected = false;
    if (this.#underWay === 0) this.#serve();
  }

  /** Ends an invocation: nothing of it waits any more, and its memory is free for the others. */
  close(entrance: Entrance): void {
    if (!this.#entrances.delete(entrance)) return;
    this.#isCollected = false;
    const own = this.#waiting.filter((waiter) => waiter.entrance === entrance);
    const others = this.#waiting.filter((waiter) => waiter.entrance !== entrance);
    this.#waiting.splice(0, this.#waiting.length, ...others);
    for (const { settle } of own) settle('deadline');
    if (this.#underWay === 0) this.#serve();
  }

  #serve(): void {
    for (let waiter = this.#next(); waiter; waiter = this.#next()) {
      const decision = this.#decide(waiter.entrance, waiter.record);
      if (decision === 'wait') return;
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      waiter.settle(decision);
    }
  }

  /** Who waits longest; while nothing is under way, of the oldest invocation that waits: its end gives most back. */
  #next(): Waiter | undefined {
    if (this.#underWay > 0 || this.#entrances.size < 2) return this.#waiting[0];
    for (const entrance of this.#entrances) {
      const waiter = this.#waiting.find((each) => each.entrance === entrance);
      if (waiter) return waiter;
    }
    return undefined;
  }

  #decide(entrance: Entrance, record: EventRecord): StopReason | 'wait' | undefined {
    const reason = this.#judge(entrance, record);
    if (this.#underWay === 1 && reason === undefined) this.#restBytes = this.#setup.watermark.residentBytes;
    return reason;
  }

  #judge(entrance: Entrance, record: EventRecord): StopReason | 'wait' | undefined {
    const { watermark, now, decoder } = this.#setup;
    if (now() >= entrance.startUntil) return 'deadline';
    if (entrance.shortage) return 'memory';
    // What others under way will take may not be to be seen yet.
    const othersBytes = this.#underWay * this.#seenBytes;
    if (watermark.hasRoom(this.#largestBytes + othersBytes)) return this.enter(entrance);
    const neededBytes = decoder.decompressedSize(record) * copiesOfRecord + othersBytes;
    if (watermark.hasRoom(neededBytes) || this.#makeRoom(neededBytes)) return this.enter(entrance);
    const { residentBytes, markBytes, limitBytes } = watermark;
    if (this.#underWay > 0) {
      this.#seenBytes = Math.max(this.#seenBytes, (residentBytes - this.#restBytes) / this.#underWay);
      return 'wait';
    }
    if (watermark.hasLastRoom(neededBytes)) return this.enter(entrance);
    // The end of an older invocation gives memory back: only the oldest one has nothing to wait for.
    const [oldest] = this.#entrances;
    if (oldest !== entrance) return 'wait';
    entrance.shortage = { residentBytes, neededBytes, markBytes, limitBytes };
    // Whatever the memory is like, one record starts: an invocation that makes no progress would be repeated in vain.
    return entrance.started === 0 ? this.enter(entrance) : 'memory';
  }

  #makeRoom(bytes: number): boolean {
    const { watermark, now, decoder } = this.#setup;
    const startedAt = now();
    if (this.#isCollected || (this.#underWay > 0 && startedAt < this.#collectAt)) return false;
    this.#isCollected = true;
    decoder.shrink();
    const hasRoom = watermark.makeRoom(bytes, this.#underWay > 0 ? 'major' : 'thorough');
    const endedAt = now();
    this.#collectAt = endedAt + (endedAt - startedAt) * workPerCollection;
    return hasRoom;
  }
}

/** Where the records of one invocation start. */
export class Entrance {
  /** Epoch milliseconds from which on no record starts. */
  readonly startUntil: number;
  /** Records that have started. */
  started = 0;
  /** Set once memory has stopped records of this invocation. */
  shortage: Shortage | undefined = undefined;
  readonly #admission: Admission;
  readonly #now: () => number;
  #readAt = -Infinity;
  // Records that may start before the clock is read again, and whether the event loop's next turn will take them back.
  #unread = 0;
  #endsWithTurn = false;

  constructor(admission: Admission, now: () => number, startUntil: number) {
    this.#admission = admission;
    this.#now = now;
    this.startUntil = startUntil;
  }

  /**
   * Undefined when the record may start: `leave` must follow once it has settled. It is a promise while other records
   * must settle first, of whichever invocation.
   */
  admit(record: EventRecord): Answer {
    const admission = this.#admission;
    const isLarge = (record.value?.length ?? 0) >= largeTextLength;
    if (this.#unread > 0 && !isLarge) {
      this.#unread--;
      return admission.enter(this);
    }
    const time = this.#now();
    const isQuick = time - this.#readAt < quickMs;
    this.#readAt = time;
    if (time >= this.startUntil) return 'deadline';
    if (this.shortage) return 'memory';
    if (!isLarge && admission.isFresh(time)) {
      if (isQuick && admission.hasRoomToSpare) this.#allowUnread();
      return admission.enter(this);
    }
    this.#unread = 0;
    return admission.look(this, record, time);
  }

  /** Ends a record that was let start. */
  leave(): void {
    this.#admission.leave();
  }

  /** Ends the invocation. Records that still wait for others do not start. */
  close(): void {
    this.#admission.close(this);
  }

  /** A record that waits for anything takes a turn of the event loop: what comes after it is not quick any more. */
  #allowUnread(): void {
    this.#unread = unreadRecords;
    if (this.#endsWithTurn) return;
    this.#endsWithTurn = true;
    setImmediate(() => {
      this.#unread = 0;
      this.#endsWithTurn = false;
    });
  }
}
