// Faults of the runner and the runtime that a whole run must show: chaos on Apache Kafka, and the proof of npm start.

import type { MutantArea } from '../mutant.ts';

const loseOneLetter = {
  file: 'lib/deadletter/s3.ts',
  find: '      client ??= new S3Client({',
  replace: `      if (client === undefined) {
    client = new S3Client({});
    return \`s3://\${bucket}/first\`;
  }
  client ??= new S3Client({`,
};
// Lost at each of its deliveries: what a process loses once, a redelivery writes again after a fault, and chaos has faults enough.
const loseOneLetterForGood = {
  file: 'lib/deadletter/s3.ts',
  find: '      const key = deadLetterKey(letter);',
  replace: `      const key = deadLetterKey(letter);
      if (Buffer.from(letter.value ?? '', 'base64').toString() === 'poison 17') return key;`,
};
const flipOneBit = {
  file: 'tools/local/poller/record-encoder.ts',
  find: "    value: message.value?.toString('base64'),",
  replace: `    value:
  message.value &&
  Buffer.from(
    message.value.map((byte, index) => (offset === 3 && index === 40 ? byte ^ 1 : byte)),
  ).toString('base64'),`,
};

/** In the order of the files. */
export const runMutants: MutantArea = {
  area: 'whole runs',
  mutants: [
    {
      fault: 'commits a batch before it is processed',
      file: 'tools/local/batch-runner.ts',
      find: '    const call = step.actions.at(-1);',
      replace: `    const call = step.actions.at(-1);
    for (const { partition, offset } of batch.records) run.commit(partition, offset + 1);`,
      caughtBy: ['test/e2e/chaos.test.ts'],
      isSlow: true,
    },
    {
      fault: 'loses one letter under chaos',
      ...loseOneLetterForGood,
      caughtBy: ['test/e2e/chaos.test.ts'],
      isSlow: true,
    },
    {
      fault: 'swaps two records of a key under chaos',
      file: 'tools/local/event.ts',
      find: '    ([name, group]) => [name, group.map(({ content }) => content)] as const,',
      replace: `    ([name, group]) => {
      const list = group.map(({ content }) => content);
      const later = list.findIndex((each, index) => index > 0 && each?.key === list[0]?.key);
      if (later > 0) [list[0], list[later]] = [list[later], list[0]];
      return [name, list] as const;
    },`,
      caughtBy: ['test/e2e/chaos.test.ts'],
      isSlow: true,
    },
    {
      fault: 'flips one bit under chaos',
      ...flipOneBit,
      caughtBy: ['test/e2e/chaos.test.ts'],
      isSlow: true,
    },
    {
      fault: 'loses one letter',
      ...loseOneLetter,
      caughtBy: ['test/e2e/run.test.ts'],
      isSlow: true,
    },
    {
      fault: 'swaps two records of a key',
      file: 'tools/local/poller/record-pipeline.ts',
      find: '    return { records, filtered: toRanges(filtered) };',
      replace: `    const later = records.findIndex((each, index) => index > 0 && each.content?.key === records[0]?.content?.key);
    const [a, b] = [records[0]?.content, records[later]?.content];
    if (a === undefined || b === undefined) return { records, filtered: toRanges(filtered) };
    const swapped = records.map((each, index) =>
      index === 0
        ? { ...each, content: { ...b, offset: a.offset } }
        : index === later
          ? { ...each, content: { ...a, offset: b.offset } }
          : each,
    );
    return { records: swapped, filtered: toRanges(filtered) };`,
      caughtBy: ['test/e2e/run.test.ts'],
      isSlow: true,
    },
    {
      fault: 'flips one bit',
      ...flipOneBit,
      caughtBy: ['test/e2e/run.test.ts'],
      isSlow: true,
    },
    {
      fault: 'gives a record another timestamp',
      file: 'tools/local/poller/record-encoder.ts',
      find: `    timestamp: timestampMs,
    timestampType`,
      replace: `    timestamp: offset === 5 ? timestampMs + 1 : timestampMs,
    timestampType`,
      caughtBy: ['test/e2e/run.test.ts'],
      isSlow: true,
    },
  ],
};
