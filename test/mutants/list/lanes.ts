// Lanes and what runs them: order, one lease at a time, and no record that is neither done nor reported.

import type { MutantArea } from '../mutant.ts';

/** In the order of the files. */
export const laneMutants: MutantArea = {
  area: 'lanes',
  mutants: [
    {
      fault: "does not wait for a function's promise",
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: '      if (isThenable(settled)) await settled;',
      replace: '      void isThenable(settled);',
      caughtBy: ['test/lib/runtime/consumer.test.ts', 'test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'does not wait for a thenable that is no promise',
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: '      if (isThenable(settled)) await settled;',
      replace: '      if (isThenable(settled) && settled instanceof Promise) await settled;',
      caughtBy: ['test/lib/runtime/consumer.test.ts'],
    },
    {
      fault: 'counts no record as processed',
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: `      if (invocation.isClosed) return;
      invocation.tally.process(lane.group, event.offset);`,
      replace: '      if (invocation.isClosed) return;',
      caughtBy: ['test/lib/runtime/consumer.test.ts', 'test/lib/runtime/invocation/invocation-run.test.ts'],
    },
    {
      fault: 'counts a record as processed before its function has settled',
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: '      if (isThenable(settled)) await settled;',
      replace: `      invocation.tally.process(lane.group, event.offset);
      if (isThenable(settled)) await settled;`,
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts', 'test/lib/runtime/admission/deadline.test.ts'],
    },
    {
      fault: 'counts what settles after the answer',
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: `      if (invocation.isClosed) return;
      invocation.tally.process(lane.group, event.offset);`,
      replace: '      invocation.tally.process(lane.group, event.offset);',
      caughtBy: ['test/lib/runtime/admission/deadline.test.ts'],
    },
    {
      fault: 'goes on in a lane whose record is to come again',
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: "      if (!mayGoOn) return invocation.reportRest(lane, 'blocked');",
      replace: '      void mayGoOn;',
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'drops the rest of a lane that has stopped',
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: "      if (!mayGoOn) return invocation.reportRest(lane, 'blocked');",
      replace: '      if (!mayGoOn) return;',
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'drops the records of a lane that may not start',
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: '      if (stop !== undefined) return invocation.reportRest(lane, stop);',
      replace: '      if (stop !== undefined) return;',
      caughtBy: [
        'test/lib/runtime/consumer-failures.test.ts',
        'test/lib/runtime/admission/admission.test.ts',
      ],
    },
    {
      fault: "does not end a record's lease",
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: `    } finally {
      invocation.end(lane);
    }
  }
}`,
      replace: `    } finally {
      lane.lease = undefined;
    }
  }
}`,
      caughtBy: ['test/lib/runtime/consumer-lease.test.ts'],
    },
    {
      fault: 'goes on after a failure that settles behind the answer',
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: `      const mayGoOn = await invocation.settlement.settle(lane, error);
      if (invocation.isClosed) return;
      if (!mayGoOn) return invocation.reportRest`,
      replace: `      const mayGoOn = await invocation.settlement.settle(lane, error);
      if (!mayGoOn && !invocation.isClosed) return invocation.reportRest`,
      caughtBy: [
        'test/lib/runtime/admission/deadline.test.ts',
        'test/lib/runtime/invocation/invocation-run.test.ts',
      ],
      uncaught:
        'The answer empties every lane, so there is nothing to go on with; the look says so where one reads it.',
    },
    {
      fault: "counts a batch's records although its function has failed",
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: "    for (const each of progress.delivered) invocation.tally.retry(each.group, each.offset, 'failed');",
      replace:
        '    for (const each of progress.delivered) invocation.tally.process(each.group, each.offset);',
      caughtBy: ['test/lib/runtime/lanes/lane-runner.test.ts'],
    },
    {
      fault: 'drops the record at which a batch function has left its loop',
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: "    if (lane.event) invocation.tally.retry(lane.group, lane.event.offset, 'unread');",
      replace: '',
      caughtBy: ['test/lib/runtime/lanes/lane-runner.test.ts'],
    },
    {
      fault: 'drops what a batch function has not read',
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: '  invocation.reportRest(lane, progress.restReason);',
      replace: '',
      caughtBy: ['test/lib/runtime/lanes/lane-runner.test.ts'],
    },
    {
      fault: "leases a batch's next record while the one before is still leased",
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: `    progress.delivered.push({ group: lane.group, topic, partition, offset });
    invocation.end(lane);`,
      replace: '    progress.delivered.push({ group: lane.group, topic, partition, offset });',
      caughtBy: ['test/lib/runtime/lanes/lane-runner.test.ts'],
    },
    {
      fault: 'goes on in a batch whose dead letter could not be stored',
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: '      if (mayGoOn) continue;',
      replace: '      if (mayGoOn || !invocation.isClosed) continue;',
      caughtBy: ['test/lib/runtime/lanes/lane-runner.test.ts'],
    },
    {
      fault: 'counts a batch that settles after the answer',
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: `    if (invocation.isClosed) return;
    lane.delivered = undefined;
    for (const each of progress.delivered) invocation.tally.process`,
      replace: `    lane.delivered = undefined;
    for (const each of progress.delivered) invocation.tally.process`,
      caughtBy: ['test/lib/runtime/admission/deadline.test.ts'],
    },
    {
      fault: 'deals records of one key to several lanes',
      file: 'lib/runtime/lanes/lanes.ts',
      find: '    if (key !== undefined) byKey.set(key, lane);',
      replace: '',
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'deals records without a key to one lane',
      file: 'lib/runtime/lanes/lanes.ts',
      find: '    const key = record.key ?? undefined;',
      replace: "    const key = record.key ?? '';",
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'keeps the text of a record that has started',
      file: 'lib/runtime/lanes/lanes.ts',
      find: `    this.#records[this.next++] = undefined;
    this.event = event;`,
      replace: `    this.next++;
    this.event = event;`,
      caughtBy: ['test/lib/runtime/lanes/lanes.test.ts'],
    },
    {
      fault: 'takes order none for order partition',
      file: 'lib/runtime/lanes/lanes.ts',
      find: '      : records.map((record) => new Lane<V, K>([record], group));',
      replace: '      : [new Lane<V, K>(records, group)];',
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'gives a batch function without order a lane for each record',
      file: 'lib/runtime/lanes/lanes.ts',
      find: "  if (order === 'none' && isBatch) return",
      replace: "  if (order === 'none' && isBatch && groups.length === 0) return",
      caughtBy: ['test/lib/runtime/outcome/settlement.test.ts'],
    },
    {
      fault: 'runs all lanes side by side, whatever the concurrency',
      file: 'lib/runtime/lanes/lanes.ts',
      find: 'Math.min(concurrency, lanes.length)',
      replace: 'Math.max(concurrency, lanes.length)',
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'answers before its lanes have ended',
      file: 'lib/runtime/lanes/lanes.ts',
      find: 'lane = lanes[next++]) await run(lane);',
      replace: 'lane = lanes[next++]) void run(lane);',
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts'],
    },
    {
      fault: 'names the group of the record behind the one under way',
      file: 'lib/runtime/lanes/lanes.ts',
      find: '    return this.groupAt(this.next - 1);',
      replace: '    return this.groupAt(this.next);',
      caughtBy: ['test/lib/runtime/outcome/settlement.test.ts'],
    },
    {
      fault: 'runs lanes in the opposite order',
      file: 'lib/runtime/lanes/lanes.ts',
      find: '  return lanes.map((lane) => new Lane<V, K>(lane, group));',
      replace: '  return lanes.map((lane) => new Lane<V, K>(lane.reverse(), group));',
      caughtBy: ['test/lib/runtime/consumer-failures.test.ts', 'test/lib/runtime/lanes/lane-runner.test.ts'],
    },
    {
      fault: 'reports a batch that has succeeded',
      file: 'lib/runtime/lanes/lane-runner.ts',
      find: `    lane.delivered = undefined;
    for (const each of progress.delivered) invocation.tally.process`,
      replace: '    for (const each of progress.delivered) invocation.tally.process',
      caughtBy: ['test/lib/runtime/lanes/lane-runner.test.ts'],
    },
  ],
};
