// When the rare kinds come: one in every block of 1/share records, at a random place in it. Dice would do on average,
// but a short run would often lack a kind that it was asked for.
import type { Random } from './random.ts';

/** Says which rare kind is due. */
export interface Schedule<Kind> {
  /** The kind for this record, or undefined for the usual one; sequences have to rise. What is `barred` waits its turn. */
  next(sequence: number, barred?: Kind): Kind | undefined;
}

/** Makes the schedule for kinds and their shares (0..1); a share of 0 never comes. */
export function createSchedule<Kind>(
  random: Random,
  shares: readonly (readonly [Kind, number])[],
): Schedule<Kind> {
  const turns = shares
    .filter(([, share]) => share > 0)
    .map(([kind, share]) => ({ kind, share, block: 0, due: Math.floor(random.next() / share) }));
  return {
    next(sequence, barred) {
      // The longest overdue first, so that two kinds that meet do not starve one another.
      let turn: (typeof turns)[number] | undefined;
      for (const candidate of turns) {
        if (candidate.due > sequence || candidate.kind === barred) continue;
        if (turn === undefined || candidate.due < turn.due) turn = candidate;
      }
      if (turn === undefined) return undefined;
      turn.block += 1;
      turn.due = Math.floor((turn.block + random.next()) / turn.share);
      return turn.kind;
    },
  };
}
