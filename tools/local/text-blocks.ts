// Memory for the texts of polled records, used again once all records in it are done with. At full speed V8 was told of 64 MB
// of new buffers every fifth of a second, and each time looked through the whole heap for old ones.
import type { EncodedRecord } from './event.ts';

/** Blocks of one mapping. */
export interface TextBlocks {
  /** Memory for a text of so many bytes, at most 64 KB, and as many records; a little more than asked for, maybe. */
  readonly take: (bytes: number, records: number) => Buffer;
  /**
   * Takes back what these records stand in, once it holds no other; each record once, and only when nobody reads its text
   * any more. Records that are never given back keep their memory as long as something refers to them, as everything does.
   */
  readonly giveBack: (records: readonly EncodedRecord[]) => void;
}

/** Largest text that shares a block, in bytes. */
export const textBlockBytes = 65_536;
// A fetch of a few records has no more memory than it needs: thousands of them may wait.
const leastBytes = textBlockBytes / 2;
// 16 MB: what two or three events stand in. Batches end one by one, and new records take their places.
const mostFree = 256;

/** Starts with no block. */
export function createTextBlocks(): TextBlocks {
  const free: Buffer[] = [];
  const recordsLeft = new WeakMap<Buffer, number>();

  const settle = (block: Buffer, records: number): void => {
    const left = recordsLeft.get(block);
    if (left === undefined) return;
    recordsLeft.set(block, left - records);
    if (left === records && free.length < mostFree) free.push(block);
  };
  return {
    take(bytes, records) {
      if (bytes < leastBytes || bytes > textBlockBytes) return Buffer.allocUnsafeSlow(bytes);
      const block = free.pop() ?? Buffer.allocUnsafeSlow(textBlockBytes);
      recordsLeft.set(block, records);
      return block;
    },
    giveBack(records) {
      let block: Buffer | undefined;
      let count = 0;
      // Neighbours mostly stand in one.
      for (const { text } of records) {
        if (text === block) {
          count++;
          continue;
        }
        if (block !== undefined) settle(block, count);
        [block, count] = [text, 1];
      }
      if (block !== undefined) settle(block, count);
    },
  };
}
