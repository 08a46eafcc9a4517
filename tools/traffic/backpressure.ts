// How far the producer may run ahead: a broker that drops its oldest bytes (the embedded one keeps 5 MB a partition)
// would otherwise lose what the slowest consumer has not read. Own file: it knows consumers, the producer does not.

/** What the producer asks before it goes on. */
export interface Backlog {
  /** Produced bytes per partition that may wait for the slowest consumer. */
  readonly maxBytes: number;
  /** Next offset of this partition that the slowest consumer still needs. */
  consumed(partition: number): number;
  /** Resolves when a consumer has come further, and when the signal aborts. */
  changed(signal: AbortSignal): Promise<void>;
}

/** A backlog that learns from committed offsets. */
export interface GroupBacklog extends Backlog {
  /** Notes that a group has committed: `offset` is the next one it will read. */
  committed(group: string, partition: number, offset: number): void;
  /** The group has gone for good: nothing waits for it. */
  leave(group: string): void;
}

/** The groups that have to keep up. */
export interface BacklogOptions {
  /** Names of all consumer groups; none counts as far before it has committed. At least one. */
  readonly groups: readonly string[];
  /** Default 2.5 MiB: half of what the embedded broker keeps, since batches are dropped whole and headers count too. */
  readonly maxBytes?: number;
}

/** Makes a backlog for these groups. */
export function createBacklog(options: BacklogOptions): GroupBacklog {
  const groups = new Map(options.groups.map((group) => [group, new Map<number, number>()]));
  let change = Promise.withResolvers<void>();
  const tell = (): void => {
    change.resolve();
    change = Promise.withResolvers();
  };
  return {
    maxBytes: options.maxBytes ?? 2.5 * 1024 * 1024,
    // Without any group it is Infinity: everything that is produced has been read by all.
    consumed: (partition) =>
      Math.min(...Array.from(groups.values(), (offsets) => offsets.get(partition) ?? 0)),
    async changed(signal) {
      if (signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const onAbort = (): void => resolve();
      signal.addEventListener('abort', onAbort, { once: true });
      await Promise.race([change.promise, promise]);
      signal.removeEventListener('abort', onAbort);
    },
    committed(group, partition, offset) {
      const offsets = groups.get(group);
      // A group starts again from its committed offset after a crash, never before it: the furthest one counts.
      if (offsets === undefined || offset <= (offsets.get(partition) ?? 0)) return;
      offsets.set(partition, offset);
      tell();
    },
    leave(group) {
      groups.delete(group);
      tell();
    },
  };
}
