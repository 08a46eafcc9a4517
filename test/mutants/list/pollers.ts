// Pollers of the local runner: where they start, what they read, and when they commit.

import type { MutantArea } from '../mutant.ts';

/** In the order of the files. */
export const pollerMutants: MutantArea = {
  area: 'pollers of the runner',
  mutants: [
    {
      fault: 'commits late what was added before',
      file: 'tools/local/poller/committer.ts',
      find: '      waiting.set(partition, offset);',
      replace: '      if (!waiting.has(partition)) waiting.set(partition, offset);',
      caughtBy: ['test/tools/local/poller/committer.test.ts'],
    },
    {
      fault: 'commits what waits although the partitions are revoked',
      file: 'tools/local/poller/committer.ts',
      find: `    clear() {
      waiting.clear();
    },`,
      replace: '    clear() {},',
      caughtBy: ['test/tools/local/poller/committer.test.ts'],
    },
    {
      fault: 'tells of commits that were given up',
      file: 'tools/local/poller/committer.ts',
      find: '        if (!(await commit(offsets))) continue;',
      replace: '        await commit(offsets);',
      caughtBy: ['test/tools/local/poller/committer.test.ts'],
    },
    {
      fault: 'tells nobody that the broker refuses its commits',
      file: 'tools/local/poller/committer.ts',
      find: '      onRefused(error);',
      replace: '      void error;',
      caughtBy: ['test/tools/local/poller/committer.test.ts'],
    },
    {
      fault: 'sends two commits at a time',
      file: 'tools/local/poller/committer.ts',
      find: '      sending ??= send();',
      replace: '      sending = send();',
      caughtBy: ['test/tools/local/poller/committer.test.ts'],
    },
    {
      fault: 'forgets commits that came while one was under way',
      file: 'tools/local/poller/committer.ts',
      find: '      while (waiting.size > 0) {',
      replace: '      for (let sent = 0; sent < 1; sent++) {',
      caughtBy: ['test/tools/local/poller/committer.test.ts'],
    },
    {
      fault: 'takes a group that is committed at 0 for one without commits',
      file: 'tools/local/poller/start-position.ts',
      find: '      const wanted = commit >= 0 ? commit : (start ?? earliest);',
      replace: '      const wanted = commit > 0 ? commit : (start ?? earliest);',
      caughtBy: ['test/tools/local/poller/start-position.test.ts'],
    },
    {
      fault: 'starts at the earliest record, whatever is committed',
      file: 'tools/local/poller/start-position.ts',
      find: '      const wanted = commit >= 0 ? commit : (start ?? earliest);',
      replace: '      const wanted = start ?? earliest;',
      caughtBy: ['test/tools/local/poller/start-position.test.ts'],
    },
    {
      fault: 'starts at the low end for LATEST',
      file: 'tools/local/poller/start-position.ts',
      find: '    return new Map(bounds.map(({ partition, high }) => [partition, Number(high)]));',
      replace: '    return new Map(bounds.map(({ partition, low }) => [partition, Number(low)]));',
      caughtBy: ['test/tools/local/poller/start-position.test.ts'],
    },
    {
      fault: 'reads a topic on that was made again',
      file: 'tools/local/poller/start-position.ts',
      find: '      const isThere = wanted >= earliest && wanted <= endOffset;',
      replace: '      const isThere = wanted >= earliest;',
      caughtBy: ['test/tools/local/poller/start-position.test.ts'],
    },
    {
      fault: 'wants what retention has deleted',
      file: 'tools/local/poller/start-position.ts',
      find: '      const isThere = wanted >= earliest && wanted <= endOffset;',
      replace: '      const isThere = wanted <= endOffset;',
      caughtBy: ['test/tools/local/poller/start-position.test.ts'],
    },
    {
      fault: 'reads a topic from its beginning that is committed to its end',
      file: 'tools/local/poller/start-position.ts',
      find: '      const isThere = wanted >= earliest && wanted <= endOffset;',
      replace: '      const isThere = wanted >= earliest && wanted < endOffset;',
      caughtBy: ['test/tools/local/poller/start-position.test.ts'],
    },
    {
      fault: 'asks for LATEST anew at each start',
      file: 'tools/local/poller/start-position.ts',
      find: '      const start = commit === -1 ? starts.get(partition) : undefined;',
      replace: `      first = undefined;
      const start = commit === -1 ? starts.get(partition) : undefined;`,
      caughtBy: ['test/tools/local/poller/start-position.test.ts'],
    },
    {
      fault: 'keeps a starting position that is settled',
      file: 'tools/local/poller/start-position.ts',
      find: '      for (const partition of partitions) first?.delete(partition);',
      replace: '      void partitions;',
      caughtBy: ['test/tools/local/poller/start-position.test.ts'],
    },
    {
      fault: 'takes what was fetched before a rebalance',
      file: 'tools/local/poller/partition-reader.ts',
      find: `    if (expected === undefined) return;
    const start = Number(batch.firstOffset());
    if (start !== expected && !`,
      replace: `    const start = Number(batch.firstOffset());
    if (expected !== undefined && start !== expected && !`,
      caughtBy: ['test/tools/local/poller/partition-reader.test.ts'],
    },
    {
      fault: 'hands on what was processed across a rebalance',
      file: 'tools/local/poller/partition-reader.ts',
      find: `    if (epoch !== this.#epoch) return;
    if (result === undefined) {`,
      replace: '    if (result === undefined) {',
      caughtBy: ['test/tools/local/poller/partition-reader.test.ts'],
    },
    {
      fault: 'takes records from where it did not want to read',
      file: 'tools/local/poller/partition-reader.ts',
      find: '    if (start !== expected && !(await this.#isGap(partition, expected, start))) return;',
      replace: '    if (start < 0 && !(await this.#isGap(partition, expected ?? 0, start))) return;',
      caughtBy: ['test/tools/local/poller/partition-reader.test.ts'],
    },
    {
      fault: 'takes a gap at its word',
      file: 'tools/local/poller/partition-reader.ts',
      find: '    else if (start > expected && this.#asked.get(partition) === expected) return true;',
      replace: '    else if (start > expected) return true;',
      caughtBy: ['test/tools/local/poller/partition-reader.test.ts'],
    },
    {
      fault: 'passes over records that the pipeline could not take',
      file: 'tools/local/poller/partition-reader.ts',
      find: `      this.#seek(partition, expected);
      return;
    }
    const { records, filtered } = result;`,
      replace: `      return;
    }
    const { records, filtered } = result;`,
      caughtBy: ['test/tools/local/poller/partition-reader.test.ts'],
    },
    {
      fault: 'reads a record twice',
      file: 'tools/local/poller/partition-reader.ts',
      find: '    this.#positions.set(partition, last + 1);',
      replace: '    this.#positions.set(partition, last);',
      caughtBy: ['test/tools/local/poller/partition-reader.test.ts'],
    },
    {
      fault: 'reads on although a partition is full',
      file: 'tools/local/poller/partition-reader.ts',
      find: '    if (this.#options.isFull(partition)) this.hold([partition]);',
      replace: '',
      caughtBy: ['test/tools/local/poller/partition-reader.test.ts'],
    },
    {
      fault: 'says nothing of records that retention has deleted',
      file: 'tools/local/poller/partition-reader.ts',
      find: '    if (low > expected) onLost(partition, expected, low);',
      replace: '    if (low > expected) void onLost;',
      caughtBy: ['test/tools/local/poller/partition-reader.test.ts'],
    },
    {
      fault: 'leaves out the end of a transaction',
      file: 'tools/local/poller/partition-reader.ts',
      find: '? [toOffsetOnly(partition, last)] : [];',
      replace: '? [] : [];',
      caughtBy: ['test/tools/local/poller/partition-reader.test.ts'],
    },
    {
      fault: "leaves a partition's end unread behind a marker",
      file: 'tools/local/poller/partition-reader.ts',
      find: '    const read = { endOffset: Number(batch.highWatermark), polled: 0, filtered: [] };',
      replace: `    if (last > expected) return;
    const read = { endOffset: Number(batch.highWatermark), polled: 0, filtered: [] };`,
      caughtBy: ['test/tools/local/poller/partition-reader.test.ts'],
    },
    {
      fault: 'loses header bytes beyond 127',
      file: 'tools/local/poller/record-encoder.ts',
      find: '[...new Int8Array(value.buffer, value.byteOffset, value.byteLength)];',
      replace: '[...value];',
      caughtBy: ['test/tools/local/poller/record-encoder.test.ts'],
    },
    {
      fault: 'loses the second header of a name',
      file: 'tools/local/poller/record-encoder.ts',
      find: '    headers: toEventHeaders(readHeaders(message.headers)),',
      replace: '    headers: toEventHeaders(readHeaders(message.headers).slice(0, 1)),',
      caughtBy: ['test/tools/local/poller/record-encoder.test.ts'],
    },
    {
      fault: 'takes an empty value for a tombstone',
      file: 'tools/local/poller/record-encoder.ts',
      find: "    value: message.value?.toString('base64'),",
      replace: "    value: message.value?.toString('base64') || undefined,",
      caughtBy: ['test/tools/local/poller/record-encoder.test.ts'],
    },
    {
      fault: "counts a record's bytes short",
      file: 'tools/local/poller/record-encoder.ts',
      find: '    Buffer.byteLength(rest) -',
      replace: '    rest.length -',
      caughtBy: ['test/tools/local/poller/record-encoder.test.ts'],
    },
    {
      fault: 'drops what no filter lets through, its offset included',
      file: 'tools/local/poller/record-pipeline.ts',
      find: '      records.push(passedOver);',
      replace: '',
      caughtBy: ['test/tools/local/poller/record-pipeline.test.ts'],
    },
    {
      fault: 'takes what lies between filtered records for filtered',
      file: 'tools/local/events.ts',
      find: ' && last.partition === partition && last.to === offset) last.to++;',
      replace: ') last.to = offset + 1;',
      caughtBy: ['test/tools/local/poller/record-pipeline.test.ts'],
    },
    {
      fault: 'filters what its registry cannot read',
      file: 'tools/local/poller/record-pipeline.ts',
      find: "      const isReadable = (extras.admission ?? 'deliver') === 'deliver';",
      replace: "      const isReadable = extras.admission !== 'deliver';",
      caughtBy: ['test/tools/local/poller/record-pipeline.test.ts'],
    },
    {
      fault: 'has more pollers than the topic has partitions',
      file: 'tools/local/poller/poller-scaling.ts',
      find: '    max: Math.min(provisioned?.maxPollers ?? most, most),',
      replace: '    max: provisioned?.maxPollers ?? most,',
      caughtBy: ['test/tools/local/poller/poller-scaling.test.ts'],
    },
    {
      fault: 'adds pollers although they are idle',
      file: 'tools/local/poller/poller-scaling.ts',
      find: '    isBehind && busy >= busyEnough',
      replace: '    isBehind',
      caughtBy: ['test/tools/local/poller/poller-scaling.test.ts'],
    },
    {
      fault: 'says that it is drained while the broker has other commits',
      file: 'tools/local/wait-for-commits.ts',
      find: '        const undone = behind.length > 0 ? behind : await findUncommitted(running, endOffsets);',
      replace: '        const undone = behind;',
      caughtBy: ['test/tools/local/wait-for-commits.test.ts'],
    },
    {
      fault: 'says that it is drained one record early',
      file: 'tools/local/wait-for-commits.ts',
      find: 'status.committedAt(Number(partition)) >= end,',
      replace: 'status.committedAt(Number(partition)) >= end - 1,',
      caughtBy: ['test/tools/local/wait-for-commits.test.ts'],
    },
    {
      fault: 'waits for a mapping that has stopped',
      file: 'tools/local/wait-for-commits.ts',
      find: '        if (stopped !== undefined) throw toStoppedError(stopped);',
      replace: '        if (stopped !== undefined) toStoppedError(stopped);',
      caughtBy: ['test/tools/local/wait-for-commits.test.ts'],
    },
    {
      fault: 'counts what was dropped as kept',
      file: 'tools/local/mapping/mapping-status.ts',
      find: '        if (event.error !== undefined) numbers.dropped += event.records;',
      replace: '',
      caughtBy: ['test/tools/local/batch-runner.test.ts'],
    },
  ],
};
