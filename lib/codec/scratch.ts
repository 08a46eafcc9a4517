// One reusable byte area for decompressed values. It exists because a fresh buffer per record is what made peers hold
// 2.4 to 4.7 times as much memory (2026, events of 6 MB): external buffers wait for the garbage collector.

const stepBytes = 4096;

/** A growable, reusable byte area; views of it never leave the synchronous step. */
export interface Scratch {
  /**
   * Gives the whole area, at least `bytes` long, growing it when it is shorter. Its content is undefined, but for the
   * first `keepBytes` (default 0), which survive the growing. Earlier views stay readable, but are no longer the area.
   */
  reserve(bytes: number, keepBytes?: number): Buffer;
  /** Lets go of the area when it is larger than `maxBytes`: call it between records, after an exceptionally big one. */
  shrink(maxBytes: number): void;
  /** The area's present size in bytes. */
  readonly capacity: number;
  /** A second area, for what lies between the two layers of a value that is packed twice. */
  readonly between: Scratch;
}

/** Makes a scratch of `initialBytes` (default 65,536), which is taken from the system at the first use. */
export function createScratch(initialBytes = 65_536): Scratch {
  let area = Buffer.alloc(0);
  let between: Scratch | undefined;
  return {
    reserve(bytes, keepBytes = 0) {
      if (bytes <= area.length && area.length > 0) return area;
      const size = Math.max(Math.ceil(bytes / stepBytes) * stepBytes, initialBytes);
      // Not from Node's pool: a pooled view would share its 64 KiB slab with strangers, who would then pin it.
      const next = Buffer.allocUnsafeSlow(size);
      area.copy(next, 0, 0, keepBytes);
      area = next;
      return area;
    },
    shrink(maxBytes) {
      if (area.length > maxBytes) area = Buffer.alloc(0);
      between?.shrink(maxBytes);
    },
    get capacity() {
      return area.length;
    },
    get between() {
      return (between ??= createScratch(initialBytes));
    },
  };
}

/**
 * The scratch with room for `bytes`, its first `keepBytes` kept; at least doubled when too short, though never beyond
 * `maxBytes` for that, so that a value of many small blocks is not copied once for each.
 */
export function growScratch(scratch: Scratch, bytes: number, keepBytes: number, maxBytes: number): Buffer {
  if (bytes <= scratch.capacity) return scratch.reserve(bytes);
  return scratch.reserve(Math.max(bytes, Math.min(scratch.capacity * 2, maxBytes)), keepBytes);
}
