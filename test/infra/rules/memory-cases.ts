// What does not fit: budgets into memory, records into events.

import { define, none, type Case } from './case.ts';

const mb = 1_048_576;
const large = { maxDecompressedBytesInFlight: 256 * mb };
const largestValue = ((6 * mb - 2048) / 4) * 3;

export const memoryCases: readonly Case[] = [
  {
    rule: 'MEMORY_BELOW_BUDGET',
    why: 'by its budget',
    trap: {
      definition: define({
        memory: { sizeMb: 256 },
        limits: large,
        batch: { maxRecords: 1000 },
        concurrency: 1000,
      }),
    },
    neighbour: {
      definition: define({
        memory: { sizeMb: 347 },
        limits: large,
        batch: { maxRecords: 1000 },
        concurrency: 1000,
      }),
    },
  },
  {
    rule: 'MEMORY_BELOW_BUDGET',
    why: 'by the number of its records',
    trap: {
      definition: define({
        concurrency: 100,
        memory: { sizeMb: 150 },
        limits: large,
        batch: { maxRecords: 60 },
      }),
    },
    neighbour: {
      definition: define({
        concurrency: 100,
        memory: { sizeMb: 151 },
        limits: large,
        batch: { maxRecords: 60 },
      }),
    },
  },
  {
    rule: 'MEMORY_BELOW_BUDGET',
    why: 'by a single record',
    trap: {
      definition: define({ memory: { sizeMb: 289 }, limits: { maxDecompressedBytesPerRecord: 100 * mb } }),
    },
    neighbour: {
      definition: define({ memory: { sizeMb: 290 }, limits: { maxDecompressedBytesPerRecord: 100 * mb } }),
    },
  },
  {
    rule: 'MEMORY_BELOW_BUDGET',
    why: 'by its partitions',
    trap: { definition: define({ memory: { sizeMb: 128 }, limits: large, concurrency: 50 }), partitions: 38 },
    neighbour: {
      definition: define({ memory: { sizeMb: 128 }, limits: large, concurrency: 50 }),
      partitions: 37,
    },
  },
  {
    rule: 'MEMORY_BELOW_BUDGET',
    why: 'unless values are not opened',
    trap: { definition: define({ memory: { sizeMb: 128 }, limits: large, concurrency: 50 }) },
    neighbour: {
      definition: { ...define({ memory: { sizeMb: 128 }, limits: large, concurrency: 50 }), value: none },
    },
  },
  {
    rule: 'MEMORY_BELOW_MEASURED_PEAK',
    trap: { definition: define({ memory: { sizeMb: 200, measuredPeakMb: 200 } }) },
    neighbour: { definition: define({ memory: { sizeMb: 200, measuredPeakMb: 199 } }) },
  },
  {
    rule: 'RECORD_ABOVE_EVENT_LIMIT',
    why: 'as stated',
    trap: { maxRecordBytes: largestValue + 1 },
    neighbour: { maxRecordBytes: largestValue },
  },
  {
    rule: 'RECORD_ABOVE_EVENT_LIMIT',
    why: 'by the limit of an uncompressed value',
    trap: { definition: define({ compression: 'none', limits: { maxDecompressedBytesPerRecord: 5 * mb } }) },
    neighbour: { definition: define({ limits: { maxDecompressedBytesPerRecord: 5 * mb } }) },
  },
  {
    rule: 'RECORD_ABOVE_EVENT_LIMIT',
    why: 'by a limit, unless values are not opened',
    trap: { definition: define({ compression: 'none', limits: { maxDecompressedBytesPerRecord: 5 * mb } }) },
    neighbour: {
      definition: {
        ...define({ compression: 'none', limits: { maxDecompressedBytesPerRecord: 5 * mb } }),
        value: none,
      },
    },
  },
];
