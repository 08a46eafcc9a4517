// The memory contract as arithmetic: what a consumer must be able to hold at once, against the size it is given. It is
// the least that can be needed, not an estimate, so what breaks this rule cannot work.

import type { Rule, RuleInput } from '../rule.ts';

const bytesPerMb = 1_048_576;
const eventMb = 6; // an invocation's payload limit
/** Resident memory of Node 24 with the runtime, the logger and an S3 client, before any record: 63..74 MB measured. */
const floorMb = 70;
/** An event of 6 MB as it arrives: its body, its text, and the object of it; 6 + 6 + 7.4 MB measured. */
const eventCopies = 19.4 / 6;
const large = { maxDecompressedBytesInFlight: 256 * bytesPerMb };

export const memoryBelowBudget: Rule = {
  refuses:
    "a memory size that one legal batch exceeds: 70 MB for Node and the runtime, 19.4 for an event of 6 MB, the decompressed bytes under way, and one record's scratch",
  evidence: [
    {
      kind: 'arithmetic',
      from: 'resident memory measured on Node 24.21, docs/explanation/benchmarks.md',
      says: '63..74 MB before any record, 19.4 MB for an event of 6 MB',
      date: '2026-11-22',
    },
  ],
  proofs: [
    {
      about: 'by its budget',
      failing: {
        definition: {
          memory: { sizeMb: 256 },
          limits: large,
          batch: { maxRecords: 1000 },
          concurrency: 1000,
        },
      },
      passing: {
        definition: {
          memory: { sizeMb: 347 },
          limits: large,
          batch: { maxRecords: 1000 },
          concurrency: 1000,
        },
      },
    },
    {
      about: 'by the number of its records',
      failing: {
        definition: { concurrency: 100, memory: { sizeMb: 150 }, limits: large, batch: { maxRecords: 60 } },
      },
      passing: {
        definition: { concurrency: 100, memory: { sizeMb: 151 }, limits: large, batch: { maxRecords: 60 } },
      },
    },
    {
      about: 'by a single record',
      failing: {
        definition: { memory: { sizeMb: 289 }, limits: { maxDecompressedBytesPerRecord: 100 * bytesPerMb } },
      },
      passing: {
        definition: { memory: { sizeMb: 290 }, limits: { maxDecompressedBytesPerRecord: 100 * bytesPerMb } },
      },
    },
    {
      about: 'by its partitions',
      failing: { definition: { memory: { sizeMb: 128 }, limits: large, concurrency: 50 }, partitions: 38 },
      passing: { definition: { memory: { sizeMb: 128 }, limits: large, concurrency: 50 }, partitions: 37 },
    },
    {
      about: 'unless values are not opened',
      failing: { definition: { memory: { sizeMb: 128 }, limits: large, concurrency: 50 } },
      passing: {
        definition: { memory: { sizeMb: 128 }, limits: large, concurrency: 50 },
        hand: { value: undefined },
      },
    },
  ],
  check(input) {
    const { definition } = input;
    const { atOnce, neededMb } = estimate(input);
    const { sizeMb } = definition.memory;
    if (neededMb <= sizeMb) return undefined;
    const { maxDecompressedBytesPerRecord, maxDecompressedBytesInFlight } = definition.limits;
    return {
      field: 'memory.sizeMb',
      got: `${sizeMb} with ${atOnce} records at once of limits.maxDecompressedBytesPerRecord ${maxDecompressedBytesPerRecord}, limits.maxDecompressedBytesInFlight ${maxDecompressedBytesInFlight}`,
      why: `one legal batch needs at least ${neededMb} MB: ${floorMb} for Node and the runtime, ${Math.ceil(eventCopies * eventMb)} for an event of ${eventMb} MB, the rest for decompressed records; AWS kills the function, and again on every retry`,
      remedy: `set memory.sizeMb to ${neededMb} or more, or lower the limits`,
    };
  },
};

function estimate({ definition, mapping, partitions }: RuleInput): {
  readonly atOnce: number;
  readonly neededMb: number;
} {
  const { maxDecompressedBytesPerRecord: perRecord, maxDecompressedBytesInFlight: budget } =
    definition.limits;
  const lanes = definition.order === 'partition' && partitions !== undefined ? partitions : Infinity;
  const atOnce = Math.min(definition.concurrency, mapping.BatchSize ?? 100, lanes);
  // A record larger than the budget runs alone, so a single one always counts in full.
  const inFlight = Math.max(perRecord, Math.min(budget, atOnce * perRecord));
  // A value is decompressed into a scratch area first, which stays. Without a format values are not opened at all.
  const decompressed = definition.value === undefined ? 0 : inFlight + perRecord;
  return { atOnce, neededMb: Math.ceil(floorMb + eventCopies * eventMb + decompressed / bytesPerMb) };
}
