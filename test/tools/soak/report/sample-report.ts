// A report of a soak whose floor climbs, for tests of what is written and drawn of one.
import type { Floor } from '../../../../tools/soak/sandbox/floor.ts';
import type { SoakReport } from '../../../../tools/soak/report/report.ts';

const megabyte = 1_048_576;
/** 80 floors, 1 MB more each. */
const floors = Array.from({ length: 80 }, (_, index): Floor => {
  const bytes = (10 + index) * megabyte;
  return {
    invocation: index + 1,
    floorBytes: bytes,
    heapBytes: bytes,
    codeBytes: 0,
    externalBytes: 0,
    arrayBufferBytes: 0,
    rssBytes: bytes + 100 * megabyte,
  };
});

/** The report: growing, with one holder. */
export const report: SoakReport = {
  consumer: 'orders',
  memoryMb: 256,
  concurrency: 1,
  invocations: 80,
  records: 8000,
  failedInvocations: 0,
  reportedRecords: 40,
  declinedRecords: 30,
  durationMs: 9000,
  verdict: 'growing',
  confidence: 1,
  growthBytesPerInvocation: megabyte,
  growthRange: [megabyte, megabyte],
  growthThreshold: 1024,
  outsideGrowthBytesPerInvocation: null,
  isTooShort: false,
  invocationsLeft: 12,
  peakMb: 200,
  end: { kind: 'done' },
  exitCode: 1,
  failures: ['grows by 1024.0 KB per invocation'],
  doubts: [],
  holderProblem: null,
  holders: [
    {
      kind: 'array-buffer slice',
      expression: 'inFlight',
      className: 'Map',
      path: '[entry] → its array buffer → 1048576 bytes',
      place: { file: 'handlers/orders/handler.ts', line: 7 },
      piecesPerInvocation: 1,
      keptBytesPerInvocation: 8,
      pinnedBytesPerInvocation: megabyte,
      amplification: 131_072,
      share: 1,
      remedy: 'a view keeps the whole buffer that it is cut from: keep a parsed value',
    },
  ],
  measuredEvery: 1,
  floors,
};
