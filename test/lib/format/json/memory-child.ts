// The child of memory.test.ts: what V8 takes for each text, and what it is charged for, as JSON.

import { getHeapStatistics } from 'node:v8';
import { chargeJson } from '../../../../lib/format/json/memory.ts';
import { ValueMemory } from '../../../../lib/format/bounds/value-memory.ts';
import { hostileTexts } from './hostile-texts.ts';

const usedBytes = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
};

/** What a text is charged for where `leftBytes` decide which of the estimates does. */
function charged(text: string, leftBytes: number): number {
  const memory = new ValueMemory(Infinity);
  Object.defineProperty(memory, 'leftBytes', { value: leftBytes });
  chargeJson(text, memory);
  return memory.chargedBytes;
}

const measured: Record<string, object> = {};
for (const [name, text] of Object.entries(hostileTexts(300_000))) {
  const [rough, close] = [charged(text, 66 * 15 * text.length), charged(text, 1)];
  const before = usedBytes();
  const value: unknown[] = [JSON.parse(text)];
  measured[name] = { heap: usedBytes() - before, rough, close };
  value.length = 0;
}
console.log(JSON.stringify(measured));
