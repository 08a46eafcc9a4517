// What an invocation event holds: headers, and records whose fields are odd.

import type { MutantArea } from '../mutant.ts';

/** In the order of the files. */
export const eventMutants: MutantArea = {
  area: 'events',
  mutants: [
    {
      fault: 'gives the first of several headers of a name',
      file: 'lib/runtime/event/headers.ts',
      find: 'headers?.findLast((entry)',
      replace: 'headers?.find((entry)',
      caughtBy: ['test/lib/runtime/event/headers.test.ts'],
    },
    {
      fault: 'believes the first of several content-encodings',
      file: 'lib/runtime/event/headers.ts',
      find: '  for (let i = headers.length - 1; i >= 0; i--) {',
      replace: '  for (let i = 0; i < headers.length; i++) {',
      caughtBy: ['test/lib/runtime/event/headers.test.ts'],
    },
    {
      fault: "hands out header bytes of Node's pool",
      file: 'lib/runtime/event/headers.ts',
      find: 'Buffer.allocUnsafeSlow(signed?.length ?? 0);',
      replace: 'Buffer.allocUnsafe(signed?.length ?? 0);',
      caughtBy: ['test/lib/runtime/event/headers.test.ts'],
    },
    {
      fault: 'gives one value of a header that has several',
      file: 'lib/runtime/event/headers.ts',
      find: `.map((entry) => toOwnBytes(entry[name])),
    *[`,
      replace: `.map((entry) => toOwnBytes(entry[name])).slice(0, 1),
    *[`,
      caughtBy: ['test/lib/runtime/event/headers.test.ts'],
    },
    {
      fault: 'leaves the records in the event',
      file: 'lib/runtime/event/take-records.ts',
      find: '  for (const { group } of groups) Reflect.set(records, group, []); // an event that is frozen keeps them',
      replace: '',
      caughtBy: ['test/lib/runtime/event/take-records.test.ts'],
    },
    {
      fault: 'takes an event that is used for one without records',
      file: 'lib/runtime/event/take-records.ts',
      find: '  if (taken.has(records)) throw new EventUsedError();',
      replace: '',
      caughtBy: ['test/lib/runtime/event/take-records.test.ts'],
    },
    {
      fault: 'takes any headers for sound',
      file: 'lib/runtime/event/take-records.ts',
      find: '    for (const name in entry) if (!Array.isArray(entry[name])) return false;',
      replace: '',
      caughtBy: ['test/lib/runtime/event/take-records.test.ts'],
    },
    {
      fault: 'refuses a whole event for one odd record',
      file: 'lib/runtime/event/take-records.ts',
      find: '    if (!isSound(records[i])) records[i] = mendRecord(records[i], group);',
      replace: "    if (!isSound(records[i])) throw new EventError('records', records[i], 'a record');",
      caughtBy: ['test/lib/runtime/event/take-records.test.ts'],
    },
    {
      fault: 'takes an offset that no answer can name',
      file: 'lib/runtime/event/odd-record.ts',
      find: "  note('UNSAFE_OFFSET', 'offset', 'an integer up to 2^53 - 1');",
      replace: '',
      caughtBy: ['test/lib/runtime/event/take-records.test.ts'],
    },
    {
      fault: 'takes a value that is no text for a tombstone',
      file: 'lib/runtime/event/odd-record.ts',
      find: "  note('INVALID_RECORD', field, 'a base64 string, null, or nothing');",
      replace: '',
      caughtBy: ['test/lib/runtime/event/take-records.test.ts'],
    },
    {
      fault: 'passes over a header that it cannot read',
      file: 'lib/runtime/event/odd-record.ts',
      find: "      else note('INVALID_RECORD', 'headers', 'arrays of numbers for values');",
      replace: '',
      caughtBy: ['test/lib/runtime/event/take-records.test.ts'],
    },
  ],
};
