// Which record may start now. Two things stop records: the invocation's deadline, and its memory. Own file: it is the one
// place where lanes wait for each other's memory.

import type { EventRecord } from './event.ts';
import type { Watermark } from '../memory/watermark.ts';
import type { ValueDecoder } from './value-decoder.ts';

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
  /** Epoch milliseconds after which no new record starts. */
  readonly startUntil: number;
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
  readonly record: EventRecord;
  readonly settle: (reason: StopReason | undefined) => void;
}

/** Lets the records of one invocation start, or not. */
export class Admission {
  readonly #setup: AdmissionSetup;
  readonly #largestBytes: number;
  readonly #waiting: Waiter[] = [];
  #started = 0;
  #underWay = 0;
  #lookAt = 0;
  #hasRoomToSpare = false;
  #readAt = -Infinity;
  // Records that may start before the clock is read again, and whether the event loop's next turn will take them back.
  #unread = 0;
  #endsWithTurn = false;
  // Resident memory when nothing was under way, and what each record under way was seen to add to it.
  #restBytes = 0;
  #seenBytes = 0;
  // Whether no record has settled since the last collection, so that another one would find nothing.
  #isCollected = false;
  #collectAt = 0;
  #shortage: Shortage | undefined;

  /** Nothing has started yet. */
  constructor(setup: AdmissionSetup) {
    this.#setup = setup;
    this.#largestBytes = setup.maxRecordBytes * copiesOfRecord;
  }

  /** Set once memory has stopped records. */
  get shortage(): Shortage | undefined {
    return this.#shortage;
  }

  /**
   * Undefined when the record may start: `leave` must follow once it has settled. It is a promise while other records
   * must settle first.
   */
  admit(record: EventRecord): StopReason | undefined | Promise<StopReason | undefined> {
    const isLarge = (record.value?.length ?? 0) >= largeTextLength;
    if (this.#unread > 0 && !isLarge) {
      this.#unread--;
      return this.#enter();
    }
    const { watermark, now, startUntil } = this.#setup;
    const time = now();
    const isQuick = time - this.#readAt < quickMs;
    this.#readAt = time;
    if (time >= startUntil) return 'deadline';
    if (this.#shortage) return 'memory';
    if (time < this.#lookAt && !isLarge && this.#waiting.length === 0) {
      if (isQuick && this.#hasRoomToSpare) this.#allowUnread();
      return this.#enter();
    }
    const decision = this.#waiting.length > 0 ? 'wait' : this.#decide(record);
    const roomBytes = watermark.markBytes - watermark.residentBytes;
    const lookMs = Math.min(longestLookMs, Math.max(1, Math.floor(roomBytes / bytesPerMs)));
    this.#lookAt = time + lookMs;
    this.#hasRoomToSpare = lookMs === longestLookMs;
    this.#unread = 0;
    if (decision !== 'wait') return decision;
    return new Promise((settle) => this.#waiting.push({ record, settle }));
  }

  /** Ends a record that was let start. */
  leave(): void {
    this.#underWay--;
    this.#isCollected = false;
    if (this.#underWay > 0 || this.#waiting.length === 0) return;
    for (let waiter = this.#waiting[0]; waiter; waiter = this.#waiting[0]) {
      const decision = this.#decide(waiter.record);
      if (decision === 'wait') return;
      this.#waiting.shift();
      waiter.settle(decision);
    }
  }

  #enter(): undefined {
    this.#started++;
    this.#underWay++;
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

  #decide(record: EventRecord): StopReason | 'wait' | undefined {
    const reason = this.#look(record);
    if (this.#underWay === 1 && reason === undefined) this.#restBytes = this.#setup.watermark.residentBytes;
    return reason;
  }

  #look(record: EventRecord): StopReason | 'wait' | undefined {
    const { watermark, now, startUntil, decoder } = this.#setup;
    if (now() >= startUntil) return 'deadline';
    if (this.#shortage) return 'memory';
    // What others under way will take may not be to be seen yet.
    const othersBytes = this.#underWay * this.#seenBytes;
    if (watermark.hasRoom(this.#largestBytes + othersBytes)) return this.#enter();
    const neededBytes = decoder.decompressedSize(record) * copiesOfRecord + othersBytes;
    if (watermark.hasRoom(neededBytes) || this.#makeRoom(neededBytes)) return this.#enter();
    const { residentBytes, markBytes, limitBytes } = watermark;
    if (this.#underWay > 0) {
      this.#seenBytes = Math.max(this.#seenBytes, (residentBytes - this.#restBytes) / this.#underWay);
      return 'wait';
    }
    if (watermark.hasLastRoom(neededBytes)) return this.#enter();
    this.#shortage = { residentBytes, neededBytes, markBytes, limitBytes };
    // Whatever the memory is like, one record starts: an invocation that makes no progress would be repeated in vain.
    return this.#started === 0 ? this.#enter() : 'memory';
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
