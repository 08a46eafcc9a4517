import type { Rule } from '../rule.ts';

const eventLimitBytes = 6 * 1_048_576;
/** Around a lone record: addresses, topic, offset, timestamps; a key and headers come on top. */
const envelopeBytes = 2_048;
const largestValue = ((eventLimitBytes - envelopeBytes) / 4) * 3;
const fiveMiB = 5 * 1_048_576;

export const recordAboveEventLimit: Rule = {
  refuses:
    'a value whose base64 makes an event above 6 MB: `maxRecordBytes`, or the limit of an uncompressed one',
  evidence: [
    {
      kind: 'arithmetic',
      from: 'AWS Lambda developer guide, gettingstarted-limits',
      says: 'a synchronous invocation takes 6 MB; values travel as base64, four characters for three bytes',
    },
  ],
  proofs: [
    {
      about: 'as stated',
      failing: { maxRecordBytes: largestValue + 1 },
      passing: { maxRecordBytes: largestValue },
    },
    {
      about: 'by the limit of an uncompressed value',
      failing: { definition: { compression: 'none', limits: { maxDecompressedBytesPerRecord: fiveMiB } } },
      passing: { definition: { limits: { maxDecompressedBytesPerRecord: fiveMiB } } },
    },
    {
      about: 'by a limit, unless values are not opened',
      failing: { definition: { compression: 'none', limits: { maxDecompressedBytesPerRecord: fiveMiB } } },
      passing: {
        definition: { compression: 'none', limits: { maxDecompressedBytesPerRecord: fiveMiB } },
        hand: { value: undefined },
      },
    },
  ],
  check({ definition, maxRecordBytes }) {
    // Without compression a value is in Kafka as large as it is decompressed.
    const { compression, value, limits } = definition;
    const uncompressed =
      compression === 'none' && value !== undefined ? limits.maxDecompressedBytesPerRecord : undefined;
    const largest = maxRecordBytes ?? uncompressed;
    if (largest === undefined) return undefined;
    const eventBytes = Math.ceil(largest / 3) * 4 + envelopeBytes;
    if (eventBytes <= eventLimitBytes) return undefined;
    return {
      field: maxRecordBytes === undefined ? 'limits.maxDecompressedBytesPerRecord' : 'maxRecordBytes',
      got: largest,
      why: `as base64 one such record makes an event of ${eventBytes} bytes, above ${eventLimitBytes}: AWS never calls the function with it`,
      remedy: `let producers stay at ${largestValue} bytes or less (max.message.bytes of the topic) and say so in maxRecordBytes, or have them send a claim check`,
    };
  },
};
