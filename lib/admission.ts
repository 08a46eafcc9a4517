// Which record may start now. Two things stop records: the invocation's deadline, and its memory. Own file: it is the one
// place where lanes wait for each other's memory.

import type { EventRecord } from './event.ts';
import type { Watermark } from './memory/watermark.ts';
import type { Opener } from './opener.ts';

/** Why a record does not start in this invocation. */
export type StopReason = 'deadline' | 'memory';

/** Lets records start, or not. */
export interface Admission {
  /**
   * Undefined when the record may start: `leave` must follow once it has settled. It is a promise while other records
   * must settle first.
   */
  admit(record: EventRecord): StopReason | undefined | Promise<StopReason | undefined>;
  leave(): void;
  /** Set once memory has stopped records. */
  readonly shortage: Shortage | undefined;
}

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
  readonly opener: Pick<Opener<unknown, unknown>, 'inflatedSize' | 'shrink'>;
}

// A record's bytes lie in two scratch areas, are a text, and become objects.
const copiesOfRecord = 4;
// A base64 text of this length is looked at however short the last look is ago: what it inflates to is no small matter.
const largeTextLength = 65_536;
// Touching memory takes time as well: the next look is due before what room there is could be full.
const bytesPerMs = 8_388_608;
const longestLookMs = 8;
// While others are under way a record can wait for them instead, and a collection finds the less the shorter the last one
// is ago: without this limit every small record was preceded by one, 90 s for 6,500 of them (102 MB, Node 24.21, 2026-11).
const workPerCollection = 10;

/** Starts an invocation in which no record has started. */
export function createAdmission(setup: AdmissionSetup): Admission {
  const { watermark, now, startUntil, opener } = setup;
  const largestBytes = setup.maxRecordBytes * copiesOfRecord;
  const waiting: {
    readonly record: EventRecord;
    readonly settle: (reason: StopReason | undefined) => void;
  }[] = [];
  let started = 0;
  let underWay = 0;
  let lookAt = 0;
  // Resident memory when nothing was under way, and what each record under way was seen to add to it.
  let restBytes = 0;
  let seenBytes = 0;
  // Whether no record has settled since the last collection, so that another one would find nothing.
  let isCollected = false;
  let collectAt = 0;
  let shortage: Shortage | undefined;

  const enter = (): undefined => {
    started++;
    underWay++;
  };

  const makeRoom = (bytes: number): boolean => {
    const startedAt = now();
    if (isCollected || (underWay > 0 && startedAt < collectAt)) return false;
    isCollected = true;
    opener.shrink();
    const hasRoom = watermark.makeRoom(bytes, underWay > 0 ? 'major' : 'thorough');
    const endedAt = now();
    collectAt = endedAt + (endedAt - startedAt) * workPerCollection;
    return hasRoom;
  };

  const decide = (record: EventRecord): StopReason | 'wait' | undefined => {
    const reason = look(record);
    if (underWay === 1 && reason === undefined) restBytes = watermark.residentBytes;
    return reason;
  };

  const look = (record: EventRecord): StopReason | 'wait' | undefined => {
    if (now() >= startUntil) return 'deadline';
    if (shortage) return 'memory';
    // What others under way will take may not be to be seen yet.
    const othersBytes = underWay * seenBytes;
    if (watermark.hasRoom(largestBytes + othersBytes)) return enter();
    const neededBytes = opener.inflatedSize(record) * copiesOfRecord + othersBytes;
    if (watermark.hasRoom(neededBytes) || makeRoom(neededBytes)) return enter();
    const { residentBytes, markBytes, limitBytes } = watermark;
    if (underWay > 0) {
      seenBytes = Math.max(seenBytes, (residentBytes - restBytes) / underWay);
      return 'wait';
    }
    shortage = { residentBytes, neededBytes, markBytes, limitBytes };
    // Whatever the memory is like, one record starts: an invocation that makes no progress would be repeated in vain.
    return started === 0 ? enter() : 'memory';
  };

  return {
    admit(record) {
      const time = now();
      if (time >= startUntil) return 'deadline';
      if (shortage) return 'memory';
      const isDue = time >= lookAt || (record.value?.length ?? 0) >= largeTextLength;
      if (!isDue && waiting.length === 0) return enter();
      const decision = waiting.length > 0 ? 'wait' : decide(record);
      const roomBytes = watermark.markBytes - watermark.residentBytes;
      lookAt = time + Math.min(longestLookMs, Math.max(1, Math.floor(roomBytes / bytesPerMs)));
      if (decision !== 'wait') return decision;
      return new Promise((settle) => waiting.push({ record, settle }));
    },
    leave() {
      underWay--;
      isCollected = false;
      if (underWay > 0 || waiting.length === 0) return;
      for (let waiter = waiting[0]; waiter; waiter = waiting[0]) {
        const decision = decide(waiter.record);
        if (decision === 'wait') return;
        waiting.shift();
        waiter.settle(decision);
      }
    },
    get shortage() {
      return shortage;
    },
  };
}
