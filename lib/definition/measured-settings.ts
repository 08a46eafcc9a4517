// Which settings of a definition a measurement of its memory holds for, and which of them have changed since.
import { defaultValueBytes, type ConsumerDefinition, type MemoryProfile } from './define-consumer.ts';

/**
 * The settings that say how much memory an event may take, by name, as they are when the definition gets `sizeMb`: a limit that follows
 * from the memory size moves with it.
 */
export function toMeasuredSettings(
  definition: ConsumerDefinition,
  sizeMb: number = definition.memory.sizeMb,
): NonNullable<MemoryProfile['measuredFor']> {
  const { batch, concurrency, order, limits, memory } = definition;
  const { maxDecompressedBytesPerRecord: bytes, maxValueBytesPerRecord } = limits;
  const follows = maxValueBytesPerRecord === defaultValueBytes(bytes, memory.sizeMb);
  return {
    maxRecords: batch.maxRecords,
    concurrency,
    order,
    ...limits,
    ...(follows && { maxValueBytesPerRecord: defaultValueBytes(bytes, sizeMb) }),
  };
}

/** What has changed since memory.json was written, a sentence each; none where it does not say what it was measured for. */
export function findMovedSettings(
  definition: ConsumerDefinition,
  measuredFor: MemoryProfile['measuredFor'] = definition.memory.measuredFor,
): readonly string[] {
  const now = toMeasuredSettings(definition);
  return Object.entries(measuredFor ?? {})
    .filter(([name, value]) => now[name] !== value)
    .map(([name, value]) => `${name} is ${now[name] ?? 'gone'}, was measured with ${value}`);
}
