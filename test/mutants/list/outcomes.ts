// What becomes of a record: failures sorted, dead letters stored, the answer made.

import type { MutantArea } from '../mutant.ts';

/** In the order of the files. */
export const outcomeMutants: MutantArea = {
  area: 'outcomes',
  mutants: [
    {
      fault: 'dead-letters what says nothing of itself',
      file: 'lib/runtime/outcome/classify.ts',
      find: "  return find(error, new Map()) ?? 'retry';",
      replace: "  return find(error, new Map()) ?? 'dead-letter';",
      caughtBy: ['test/lib/runtime/outcome/classify.test.ts'],
    },
    {
      fault: 'skips a record of which one part alone says so',
      file: 'lib/runtime/outcome/classify.ts',
      find: "members.every((each) => each === 'skip')",
      replace: "members.some((each) => each === 'skip')",
      caughtBy: ['test/lib/runtime/outcome/classify.test.ts'],
    },
    {
      fault: 'does not look at causes',
      file: 'lib/runtime/outcome/classify.ts',
      find: `  return find(readProperty(error, 'cause'), seen);
}`,
      replace: `  return undefined;
}`,
      caughtBy: ['test/lib/runtime/outcome/classify.test.ts'],
    },
    {
      fault: 'dead-letters a record whose offset no answer can name',
      file: 'lib/runtime/outcome/classify.ts',
      find: "error.code === 'INVALID_RECORD' ? 'dead-letter' : 'retry';",
      replace: "error.code === 'INVALID_RECORD' ? 'dead-letter' : 'dead-letter';",
      caughtBy: ['test/lib/runtime/outcome/classify.test.ts'],
    },
    {
      fault: 'follows causes without end',
      file: 'lib/runtime/outcome/classify.ts',
      find: 'seen.has(error) || seen.size >= maxErrors) return seen.get(error);',
      replace: 'seen.size < 0) return undefined;',
      caughtBy: ['test/lib/runtime/outcome/classify.test.ts'],
    },
    {
      fault: "dead-letters records while the registry is down, where a format's error is the cause",
      file: 'lib/runtime/outcome/classify.ts',
      find: `    case 'RegistryError':
    case 'NotReadyError':
      return 'retry';`,
      replace: '',
      caughtBy: ['test/lib/runtime/outcome/classify.test.ts'],
    },
    {
      fault: 'counts a dead letter before it is stored',
      file: 'lib/runtime/outcome/settlement.ts',
      find: '      const about = { consumer, requestId, now: now() };',
      replace: `      tally.deadLetter(lane.group, event.offset);
      const about = { consumer, requestId, now: now() };`,
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'takes a dead letter for stored that the store has refused',
      file: 'lib/runtime/outcome/settlement.ts',
      find: `      failures.log('error', 'dead letter not stored, record reported for retry', line);
      return false;`,
      replace: `      failures.log('error', 'dead letter not stored, record reported for retry', line);
      return true;`,
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'does not wait until a dead letter is stored',
      file: 'lib/runtime/outcome/settlement.ts',
      find: '      const storedAs = await store.store(',
      replace: '      const storedAs: unknown = store.store(',
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'drops a record that is to come again',
      file: 'lib/runtime/outcome/settlement.ts',
      find: `    tally.retry(group, event.offset, 'failed');
    return false;`,
      replace: '    return false;',
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'goes on behind a record that is to come again',
      file: 'lib/runtime/outcome/settlement.ts',
      find: `    tally.retry(group, event.offset, 'failed');
    return false;`,
      replace: `    tally.retry(group, event.offset, 'failed');
    return true;`,
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'stops a lane at a record that is skipped',
      file: 'lib/runtime/outcome/settlement.ts',
      find: `      tally.skip(lane.group, event.offset);
      return true;`,
      replace: `      tally.skip(lane.group, event.offset);
      return false;`,
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts', 'test/lib/runtime/outcome/settlement.test.ts'],
    },
    {
      fault: 'reports a failed record after the answer',
      file: 'lib/runtime/outcome/settlement.ts',
      find: `    if (isClosed()) return false;
    if (disposition === 'retry')`,
      replace: "    if (disposition === 'retry')",
      caughtBy: ['test/lib/runtime/admission/deadline.test.ts'],
    },
    {
      fault: 'counts a dead letter that was stored after the answer',
      file: 'lib/runtime/outcome/settlement.ts',
      find: `      if (isClosed()) return false;
      tally.deadLetter(lane.group, event.offset);`,
      replace: '      tally.deadLetter(lane.group, event.offset);',
      caughtBy: ['test/lib/runtime/admission/deadline.test.ts'],
    },
    {
      fault: 'leaves the rejection of an asynchronous onError to Node',
      file: 'lib/runtime/outcome/settlement.ts',
      find: '      if (decision instanceof Promise) decision.catch(() => undefined);',
      replace: '',
      caughtBy: ['test/lib/runtime/outcome/settlement.test.ts'],
    },
    {
      fault: 'does not release the record that onError was given',
      file: 'lib/runtime/outcome/settlement.ts',
      find: '      if (record !== lane.lease) record.release();',
      replace: '      void record;',
      caughtBy: ['test/lib/runtime/outcome/settlement.test.ts'],
    },
    {
      fault: 'skips a record whose onError has failed',
      file: 'lib/runtime/outcome/settlement.ts',
      find: `    return 'retry';
  }

  async #deadLetter`,
      replace: `    return 'skip';
  }

  async #deadLetter`,
      caughtBy: ['test/lib/runtime/outcome/settlement.test.ts'],
    },
    {
      fault: 'decides over the word of onError',
      file: 'lib/runtime/outcome/settlement.ts',
      find: '      if (decision === undefined) return classify(error);',
      replace: "      if (decision === undefined || decision === 'skip') return classify(error);",
      caughtBy: ['test/lib/runtime/outcome/settlement.test.ts'],
    },
    {
      fault: 'logs where a store says that it put a letter, whatever it says',
      file: 'lib/runtime/outcome/settlement.ts',
      find: "  return typeof storedAs === 'string' && /^[a-z][a-z0-9+.-]*:[!-~]{1,1024}$/.test(storedAs)",
      replace: "  return typeof storedAs === 'string'",
      caughtBy: [
        'test/lib/runtime/outcome/settlement.test.ts',
        'test/lib/telemetry/payload-free-functions.test.ts',
      ],
    },
    {
      fault: 'takes the messages of exceptions for its own',
      file: 'lib/runtime/outcome/settlement.ts',
      find: '    const isOwn = lane.lease === undefined && this.#options.decoder.hasSafeMessage(error);',
      replace: '    const isOwn = lane.lease === undefined || this.#options.decoder.hasSafeMessage(error);',
      caughtBy: [
        'test/lib/telemetry/payload-free-functions.test.ts',
        'test/lib/telemetry/payload-free-formats.test.ts',
      ],
    },
    {
      fault: 'counts records that are taken back as done',
      file: 'lib/runtime/outcome/outcome.ts',
      find: '    return this.#processed - this.#takenBack.size;',
      replace: '    return this.#processed;',
      caughtBy: ['test/lib/runtime/outcome/outcome.test.ts'],
    },
    {
      fault: 'leaves the first processed record out when it takes all back',
      file: 'lib/runtime/outcome/outcome.ts',
      find: '    for (const { itemIdentifier } of this.#kept ?? [])',
      replace: '    for (const { itemIdentifier } of this.#kept?.slice(1) ?? [])',
      caughtBy: ['test/lib/runtime/outcome/outcome.test.ts'],
    },
    {
      fault: "answers with the next record's offset",
      file: 'lib/runtime/outcome/outcome.ts',
      find: '  return { itemIdentifier: { partition, offset } };',
      replace: '  return { itemIdentifier: { partition, offset: offset + 1 } };',
      caughtBy: ['test/lib/runtime/outcome/outcome.test.ts'],
    },
    {
      fault: 'answers that all succeeded',
      file: 'lib/runtime/outcome/outcome.ts',
      find: '    return { batchItemFailures: this.#failures };',
      replace: '    return { batchItemFailures: [] };',
      caughtBy: ['test/lib/runtime/outcome/outcome.test.ts'],
    },
    {
      fault: 'answers with single records where the mapping reads no partial response',
      file: 'lib/runtime/outcome/whole-batch.ts',
      find: '  if (provisionedPollers === false && length > 0) throw',
      replace: '  if (provisionedPollers === false && length > 1) throw',
      caughtBy: ['test/lib/runtime/outcome/whole-batch.test.ts'],
    },
    {
      fault: 'fails every batch where the mapping reads no partial response',
      file: 'lib/runtime/outcome/whole-batch.ts',
      find: '  if (provisionedPollers === false && length > 0) throw',
      replace: '  if (provisionedPollers === false && length >= 0) throw',
      caughtBy: ['test/lib/runtime/outcome/whole-batch.test.ts'],
    },
    {
      fault: 'stores a dead letter without its headers',
      file: 'lib/deadletter/dead-letter.ts',
      find: "    headers: [...toHeaders(() => record.headers)].map(([name, bytes]) => [name, bytes.toString('base64')]),",
      replace: '    headers: [],',
      caughtBy: ['test/lib/deadletter/dead-letter.test.ts', 'test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'stores a dead letter without its key',
      file: 'lib/deadletter/dead-letter.ts',
      find: '    key: record.key ?? null,',
      replace: '    key: null,',
      caughtBy: ['test/lib/deadletter/dead-letter.test.ts', 'test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'stores an empty value where there is none',
      file: 'lib/deadletter/dead-letter.ts',
      find: '    value: record.value ?? null,',
      replace: "    value: record.value ?? '',",
      caughtBy: ['test/lib/deadletter/dead-letter.test.ts', 'test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'stores a message of any length',
      file: 'lib/deadletter/dead-letter.ts',
      find: 'without a message was thrown`).slice(0, maxMessageLength);',
      replace: 'without a message was thrown`);',
      caughtBy: ['test/lib/deadletter/dead-letter.test.ts'],
    },
    {
      fault: 'overwrites the dead letter of a topic that was made again',
      file: 'lib/deadletter/s3.ts',
      find: '${offset}-${letter.timestamp}.json`;',
      replace: '${offset}.json`;',
      caughtBy: ['test/lib/deadletter/dead-letter.test.ts'],
    },
    {
      fault: 'lists dead letters out of their order',
      file: 'lib/deadletter/s3.ts',
      find: "String(letter.offset).padStart(20, '0');",
      replace: 'String(letter.offset);',
      caughtBy: ['test/lib/deadletter/dead-letter.test.ts'],
    },
    {
      fault: 'takes a dead letter for stored before S3 has it',
      file: 'lib/deadletter/s3.ts',
      find: '      await client.send(',
      replace: '      void client.send(',
      caughtBy: ['test/lib/deadletter/s3.test.ts'],
    },
    {
      fault: 'starts without a bucket for dead letters',
      file: 'lib/deadletter/s3.ts',
      find: "  if (missing && environment['AWS_LAMBDA_FUNCTION_NAME']) throw missing;",
      replace: '',
      caughtBy: ['test/lib/deadletter/dead-letter.test.ts'],
    },
  ],
};
