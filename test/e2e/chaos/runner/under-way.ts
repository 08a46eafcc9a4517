// What is under way in the runner, out of what it tells: read and not committed, in flight, answered and not committed yet.
import type { LocalEvent } from '../../../../tools/local/events.ts';
import type { UnderWay } from './runner.ts';

/**
 * Takes the events of one mapping; gives what is under way where one of them has changed it. `committedAt` is the next offset to
 * process of a partition that has just been assigned.
 */
export function createUnderWay(
  committedAt: (partition: number) => number,
): (event: LocalEvent) => UnderWay | undefined {
  const read = new Map<number, number>();
  const committed = new Map<number, number>();
  const answered = new Map<number, number>();
  let [inFlight, commits] = [0, 0];
  const sum = (): UnderWay => {
    const waiting = read
      .entries()
      .reduce((total, [partition, offset]) => total + offset - (committed.get(partition) ?? 0), 0);
    return { waiting: Math.max(0, waiting), inFlight, answered: answered.size, commits };
  };
  return (event) => {
    switch (event.kind) {
      case 'assigned':
        for (const partition of event.partitions) {
          committed.set(partition, committedAt(partition));
          read.set(partition, committedAt(partition));
          answered.delete(partition);
        }
        return sum();
      case 'polled':
        read.set(event.partition, (read.get(event.partition) ?? 0) + event.records);
        // Too many to tell each; the next invocation or commit does.
        return undefined;
      case 'invoking':
        inFlight++;
        return sum();
      case 'invocation':
        inFlight--;
        if (event.status === 'ok')
          for (const { partition, to } of event.delivered)
            if (to > (committed.get(partition) ?? 0)) answered.set(partition, to);
        return sum();
      case 'committed':
        commits++;
        committed.set(event.partition, event.offset);
        if (event.offset >= (answered.get(event.partition) ?? 0)) answered.delete(event.partition);
        return sum();
      default:
        return undefined;
    }
  };
}
