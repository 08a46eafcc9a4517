// How much of the memory size is taken by what no collection takes away, and whether the environment should go on. Its own
// file because it is a decision over many invocations; the watermark decides over the next record.

/**
 * The state of an environment, as of the end of an invocation.
 * - `roomy`: what is alive is below the mark.
 * - `tight`: it is above. The mark moves up, so that what fits still starts.
 * - `full`: it is above and grows, or leaves no room for an invocation: the environment should end.
 * - `too-small`: no room either, but a fresh environment would be the same. Nothing is declined below the limit.
 */
export type Fullness = 'roomy' | 'tight' | 'full' | 'too-small';

/** Memory after everything has been collected that can be, in bytes. */
export interface Occupancy {
  /** Invocations that this environment has ended. */
  readonly invocations: number;
  /** Resident, with what the next invocation needs before its first record settles. */
  readonly residentBytes: number;
  /** V8's own account: the live set. */
  readonly liveBytes: number;
}

/** Keeps the state. */
export interface FullnessJudge {
  readonly state: Fullness;
  /** Above this much resident memory nothing new should start. */
  readonly markBytes: number;
  /** Decides anew. */
  judge(occupancy: Occupancy): void;
  /** Less is taken than in any state but `roomy`. */
  clear(): void;
}

// An environment that is full in fewer invocations was not filled bit by bit: the next one would be full as soon.
const leastInvocations = 10;
/** What grows by an eighth of the margin in so many invocations has used the rest of it soon. */
const growingWithin = 100;

/** Starts `roomy`. `marginBytes` is what is kept free; an environment that may not end is never `full`. */
export function createFullness(limitBytes: number, marginBytes: number, mayEnd: boolean): FullnessJudge {
  const marks: Readonly<Record<Fullness, number>> = {
    roomy: limitBytes - marginBytes,
    tight: limitBytes - marginBytes / 4,
    full: limitBytes - marginBytes / 4,
    'too-small': limitBytes,
  };
  let state: Fullness = 'roomy';
  /** The occupancy that growth is counted from. */
  let since: Occupancy | undefined;

  const isGrowing = (now: Occupancy): boolean => {
    since ??= now;
    if (now.liveBytes <= since.liveBytes + marginBytes / 8) return false;
    const isFast = now.invocations - since.invocations <= growingWithin;
    if (!isFast) since = now;
    return isFast;
  };
  const decide = (now: Occupancy): Fullness => {
    const hasNoRoom = now.residentBytes > limitBytes - marginBytes / 2;
    const isOld = mayEnd && now.invocations >= leastInvocations && state !== 'too-small';
    if ((isGrowing(now) || hasNoRoom) && isOld) return 'full';
    return hasNoRoom ? 'too-small' : 'tight';
  };

  return {
    get state() {
      return state;
    },
    get markBytes() {
      return marks[state];
    },
    judge(now) {
      state = decide(now);
    },
    clear() {
      state = 'roomy';
      since = undefined;
    },
  };
}
