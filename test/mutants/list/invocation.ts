// One invocation: its deadline, its memory, its hooks and its answer.

import type { MutantArea } from '../mutant.ts';

/** In the order of the files. */
export const invocationMutants: MutantArea = {
  area: 'invocation',
  mutants: [
    {
      fault: 'starts records up to the deadline',
      file: 'lib/runtime/admission/deadline.ts',
      find: '    this.startUntil = startedAt + remainingMs - marginMs;',
      replace: '    this.startUntil = startedAt + remainingMs;',
      caughtBy: [
        'test/lib/runtime/admission/deadline-steps.test.ts',
        'test/lib/runtime/consumer-failures.test.ts',
      ],
    },
    {
      fault: 'aborts its signal at the deadline',
      file: 'lib/runtime/admission/deadline.ts',
      find: '    this.#at(remainingMs - marginMs / 2, () => {',
      replace: '    this.#at(remainingMs, () => {',
      caughtBy: ['test/lib/runtime/admission/deadline-steps.test.ts'],
    },
    {
      fault: 'keeps less than half a second for the answer',
      file: 'lib/runtime/admission/deadline.ts',
      find: 'Math.max(500, timeoutSeconds * 100)',
      replace: 'Math.max(5, timeoutSeconds * 100)',
      caughtBy: ['test/lib/runtime/admission/deadline-steps.test.ts'],
    },
    {
      fault: 'gives lanes the time of the answer',
      file: 'lib/runtime/admission/deadline.ts',
      find: 'this.#at(remainingMs - marginMs / 4, resolve));',
      replace: 'this.#at(remainingMs + marginMs, resolve));',
      caughtBy: ['test/lib/runtime/admission/deadline-steps.test.ts'],
    },
    {
      fault: 'gives hooks the time of the answer',
      file: 'lib/runtime/admission/deadline.ts',
      find: 'this.#at(remainingMs - marginMs / 8, resolve));',
      replace: 'this.#at(remainingMs + marginMs, resolve));',
      caughtBy: ['test/lib/runtime/admission/deadline-steps.test.ts'],
    },
    {
      fault: 'leaves the timers of a deadline running',
      file: 'lib/runtime/admission/deadline.ts',
      find: '    for (const timer of this.#timers) clearTimeout(timer);',
      replace: '    this.#timers.length = 0;',
      caughtBy: ['test/lib/runtime/admission/deadline-steps.test.ts'],
    },
    {
      fault: 'starts a record near the deadline',
      file: 'lib/runtime/admission/admission.ts',
      find: "    if (time >= this.startUntil) return 'deadline';",
      replace: '',
      caughtBy: ['test/lib/runtime/admission/admission.test.ts'],
    },
    {
      fault: 'starts a record near the deadline that had to wait for others',
      file: 'lib/runtime/admission/admission.ts',
      find: "    if (now() >= entrance.startUntil) return 'deadline';",
      replace: '',
      caughtBy: ['test/lib/runtime/admission/admission-wait.test.ts'],
    },
    {
      fault: 'starts no record at all where memory is short',
      file: 'lib/runtime/admission/admission.ts',
      find: "    return entrance.started === 0 ? this.enter(entrance) : 'memory';",
      replace: "    return 'memory';",
      caughtBy: ['test/lib/runtime/admission/admission.test.ts'],
    },
    {
      fault: 'starts every record, whatever the memory',
      file: 'lib/runtime/admission/admission.ts',
      find: '    if (watermark.hasRoom(this.#largestBytes + othersBytes)) return this.enter(entrance);',
      replace: `    if (watermark.hasRoom(this.#largestBytes + othersBytes) || watermark.limitBytes > 0)
      return this.enter(entrance);`,
      caughtBy: ['test/lib/runtime/admission/admission.test.ts'],
    },
    {
      fault: 'answers nobody who waits for memory',
      file: 'lib/runtime/admission/admission.ts',
      find: '      waiter.settle(decision);',
      replace: '',
      caughtBy: ['test/lib/runtime/admission/admission.test.ts'],
    },
    {
      fault: 'does not count what others under way will take',
      file: 'lib/runtime/admission/admission.ts',
      find: '    const othersBytes = this.#underWay * this.#seenBytes;',
      replace: '    const othersBytes = 0;',
      caughtBy: ['test/lib/runtime/admission/admission-wait.test.ts'],
    },
    {
      fault: 'collects before every record that has to wait',
      file: 'lib/runtime/admission/admission.ts',
      find: '    if (this.#isCollected || (this.#underWay > 0 && startedAt < this.#collectAt)) return false;',
      replace: '    if (this.#isCollected) return false;',
      caughtBy: ['test/lib/runtime/admission/admission.test.ts'],
    },
    {
      fault: 'never reads the clock again once records are quick',
      file: 'lib/runtime/admission/admission.ts',
      find: `    if (this.#unread > 0 && !isLarge) {
      this.#unread--;`,
      replace: '    if (this.#unread > 0 && !isLarge) {',
      caughtBy: ['test/lib/runtime/admission/admission.test.ts'],
    },
    {
      fault: 'does not read the clock after a wait',
      file: 'lib/runtime/admission/admission.ts',
      find: `    setImmediate(() => {
      this.#unread = 0;`,
      replace: '    setImmediate(() => {',
      caughtBy: ['test/lib/runtime/admission/admission.test.ts'],
    },
    {
      fault: 'lets large texts start unseen',
      file: 'lib/runtime/admission/admission.ts',
      find: '    const isLarge = (record.value?.length ?? 0) >= largeTextLength;',
      replace: '    const isLarge = (record.value?.length ?? 0) < 0;',
      caughtBy: ['test/lib/runtime/admission/admission.test.ts'],
    },
    {
      fault: 'starts a record that was admitted after the answer',
      file: 'lib/runtime/invocation/invocation.ts',
      find: `    if (this.#isClosed) {
      // Another`,
      replace: `    if (this.#isClosed && lane.length < 0) {
      // Another`,
      caughtBy: ['test/lib/runtime/admission/deadline.test.ts'],
      uncaught:
        'It is not leased then either, as the next mutant shows, so no function sees it; the look saves opening it in vain.',
    },
    {
      fault: 'leases a record that was loaded after the answer',
      file: 'lib/runtime/invocation/invocation.ts',
      find: `    if (this.#isClosed) {
      this.#loader.unload(lease);`,
      replace: `    if (this.#isClosed && lane.length < 0) {
      this.#loader.unload(lease);`,
      caughtBy: [
        'test/lib/runtime/admission/deadline.test.ts',
        'test/lib/runtime/invocation/invocation-run.test.ts',
      ],
    },
    {
      fault: 'drops what is under way when the time is up',
      file: 'lib/runtime/invocation/invocation.ts',
      find: "        this.tally.retry(lane.group, event.offset, 'unsettled');",
      replace: '',
      caughtBy: ['test/lib/runtime/admission/deadline.test.ts'],
    },
    {
      fault: 'drops what waits when the time is up',
      file: 'lib/runtime/invocation/invocation.ts',
      find: "      this.reportRest(lane, event || first ? 'blocked' : reason);",
      replace: "      if (event) this.reportRest(lane, 'blocked');",
      caughtBy: ['test/lib/runtime/admission/deadline.test.ts'],
    },
    {
      fault: 'drops what a batch function has had that hangs',
      file: 'lib/runtime/invocation/invocation.ts',
      find: "      this.#reportDelivered(lane, 'unsettled');",
      replace: '',
      caughtBy: ['test/lib/runtime/admission/deadline.test.ts'],
    },
    {
      fault: 'does not close an invocation',
      file: 'lib/runtime/invocation/invocation.ts',
      find: '    this.#isClosed = true;',
      replace: '',
      caughtBy: ['test/lib/runtime/admission/deadline.test.ts'],
    },
    {
      fault: 'does not release the record that hangs',
      file: 'lib/runtime/invocation/invocation.ts',
      find: `        this.tally.retry(lane.group, event.offset, 'unsettled');
        this.end(lane);`,
      replace: "        this.tally.retry(lane.group, event.offset, 'unsettled');",
      caughtBy: ['test/lib/runtime/admission/deadline.test.ts'],
    },
    {
      fault: 'does not tell the admission that a record has ended',
      file: 'lib/runtime/invocation/invocation.ts',
      find: '    if (lane.event) this.#entrance.leave();',
      replace: '',
      caughtBy: ['test/lib/runtime/admission/admission.test.ts'],
    },
    {
      fault: 'drops the rest of a lane that the runtime itself has failed',
      file: 'lib/runtime/invocation/invocation.ts',
      find: `    this.end(lane);
    this.reportRest(lane, 'blocked');`,
      replace: '    this.end(lane);',
      caughtBy: ['test/lib/runtime/invocation/invocation.test.ts'],
    },
    {
      fault: 'reports records by the group of the one before',
      file: 'lib/runtime/invocation/invocation.ts',
      find: '      this.tally.retry(lane.groupAt(lane.next), record.offset, reason);',
      replace: '      this.tally.retry(lane.group, record.offset, reason);',
      caughtBy: ['test/lib/runtime/invocation/invocation.test.ts'],
    },
    {
      fault: 'runs records although beforeInvocation has failed',
      file: 'lib/runtime/invocation/invocation-run.ts',
      find: '    const isInTime = hasBegun && (await isSettled(runAll(run), deadline.lanesClose));',
      replace: '    const isInTime = await isSettled(runAll(run), deadline.lanesClose);',
      caughtBy: ['test/lib/runtime/invocation/invocation-run.test.ts'],
    },
    {
      fault: 'takes records for processed although afterInvocation has failed',
      file: 'lib/runtime/invocation/invocation-run.ts',
      find: "    if (!hasEnded) invocation.tally.takeAllBack('hook');",
      replace: '',
      caughtBy: ['test/lib/runtime/invocation/invocation-run.test.ts'],
    },
    {
      fault: 'does not wait for a hook',
      file: 'lib/runtime/invocation/invocation-run.ts',
      find: '    if (await isSettled(Promise.resolve(hooks[name](invocation.info)), closes)) return true;',
      replace: '    if (closes !== hooks[name](invocation.info)) return true;',
      caughtBy: ['test/lib/runtime/invocation/invocation-run.test.ts'],
    },
    {
      fault: 'waits for lanes beyond the deadline',
      file: 'lib/runtime/invocation/invocation-run.ts',
      find: '  return Promise.race([work.then(() => true), closes.then(() => false)]);',
      replace: '  return Promise.race([work.then(() => true), closes.then(() => work.then(() => false))]);',
      caughtBy: ['test/lib/runtime/admission/deadline.test.ts'],
    },
    {
      fault: 'answers before Node tells of a late use',
      file: 'lib/runtime/invocation/invocation-run.ts',
      find: '    await new Promise(setImmediate);',
      replace: '',
      caughtBy: ['test/lib/runtime/invocation/invocation-run.test.ts'],
    },
    {
      fault: 'keeps what every rejection does to a process from Node',
      file: 'lib/runtime/record/late-use.ts',
      find: '  throw reason;',
      replace: '  void reason;',
      caughtBy: ['test/lib/runtime/invocation/invocation-run.test.ts'],
    },
    {
      fault: 'observes late uses for good',
      file: 'lib/runtime/record/late-use.ts',
      find: '    observers.delete(observer);',
      replace: '    void observer;',
      caughtBy: ['test/lib/runtime/invocation/invocation-run.test.ts'],
    },
    {
      fault: 'declines records of a younger invocation while an older one is under way',
      file: 'lib/runtime/admission/admission.ts',
      find: "    if (oldest !== entrance) return 'wait';",
      replace: '',
      caughtBy: ['test/lib/runtime/admission/admission-wait.test.ts'],
    },
    {
      fault: 'keeps records of an invocation waiting that has ended',
      file: 'lib/runtime/admission/admission.ts',
      find: "    for (const { settle } of own) settle('deadline');",
      replace: '    void own;',
      caughtBy: ['test/lib/runtime/admission/admission-wait.test.ts'],
    },
    {
      fault: 'keeps what an invocation has taken of the byte budget',
      file: 'lib/runtime/invocation/invocation.ts',
      find: `    this.#budget.close();
    this.#entrance.close();`,
      replace: '    this.#entrance.close();',
      caughtBy: ['test/lib/runtime/invocation/interleaving.test.ts'],
    },
    {
      fault: 'keeps the entrance of an invocation that has ended',
      file: 'lib/runtime/invocation/invocation.ts',
      find: `    this.#budget.close();
    this.#entrance.close();`,
      replace: '    this.#budget.close();',
      caughtBy: ['test/lib/runtime/invocation/interleaving.test.ts'],
    },
  ],
};
