// What sends dead letters again: the plan, the account, the order of keys, and what is marked as done.

import type { MutantArea } from '../mutant.ts';

const hardCases = ['test/tools/dead-letters/redrive/hard-cases.test.ts'];
const onApache = { caughtBy: ['test/tools/dead-letters/originals.apache.test.ts'], isSlow: true };

/** In the order of the files. */
export const redriveMutants: MutantArea = {
  area: 'redrives',
  mutants: [
    {
      fault: 'takes a record of a topic that was made again for the old one',
      file: 'tools/dead-letters/originals.ts',
      find: '  if (seen.length > 0) return seen.some((end) => timestampAt(end) !== end.timestampMs);',
      replace: '  if (seen.length > 0) return false;',
      ...onApache,
    },
    {
      fault: 'says that retention has deleted what a shorter topic never had',
      file: 'tools/dead-letters/originals.ts',
      find: '  if ([failed, ...ends].some(({ offset }) => offset >= high)) return true;',
      replace: '',
      ...onApache,
    },
    {
      fault: 'forgets on resume what was under way when a run was killed',
      file: 'tools/dead-letters/redrive/account.ts',
      find: `  const { planned, outcomes } = readAccount(file);
  return planned.filter((id) => !outcomes.has(id));`,
      replace: `  const { planned, outcomes, unknown } = readAccount(file);
  return planned.filter((id) => !outcomes.has(id) && !unknown.has(id));`,
      caughtBy: hardCases,
    },
    {
      fault: 'sends on resume what was sent before',
      file: 'tools/dead-letters/redrive/account.ts',
      find: '  return planned.filter((id) => !outcomes.has(id));',
      replace: "  return planned.filter((id) => outcomes.get(id) !== 'skipped');",
      caughtBy: hardCases,
    },
    {
      fault: 'forgets when it is killed what its plan has left out',
      file: 'tools/dead-letters/redrive/account.ts',
      find: 'new Map<string, string>(Object.entries(plan.skip))',
      replace: 'new Map<string, string>()',
      caughtBy: hardCases,
    },
    {
      fault: 'names no record that was sent more than once',
      file: 'tools/dead-letters/redrive/account.ts',
      find: '(times > 1 ? id : [])',
      replace: '(times > 2 ? id : [])',
      caughtBy: hardCases,
    },
    {
      fault: 'lets a cut-off line swallow the next one',
      file: 'tools/dead-letters/redrive/account.ts',
      find: '    if (bytes.length > 0) ftruncateSync(descriptor, bytes.lastIndexOf(0x0a) + 1);',
      replace: '',
      caughtBy: hardCases,
    },
    {
      fault: 'sends on resume what waits behind a failure of its key',
      file: 'tools/dead-letters/redrive/carry-out.ts',
      find: '    const why = lost ?? (failedKeys.has(toKeyName(failed)) ? heldBack : undefined);',
      replace: '    const why = lost;',
      caughtBy: hardCases,
    },
    {
      fault: 'goes on with another function than the account was sent to',
      file: 'tools/dead-letters/redrive/carry-out.ts',
      find: '    if (open.length > 0 && target.name !== planned)',
      replace: '    if (open.length < 0)',
      caughtBy: hardCases,
    },
    {
      fault: 'takes a record that was dead-lettered again for done',
      file: 'tools/dead-letters/redrive/carry-out.ts',
      find: "    if (outcome === 'succeeded' && letters.has(toPlaceOf(id)))",
      replace: '    if (letters.size < 0)',
      caughtBy: hardCases,
    },
    {
      fault: "takes a record for done that another consumer's function was sent",
      file: 'tools/dead-letters/redrive/done.ts',
      find: 'isOne || isToTopic(account)',
      replace: 'isOne || account.run !== undefined',
      caughtBy: ['test/tools/dead-letters/redrive/several-consumers.test.ts'],
    },
    {
      fault: 'looks for no later record in the topic that replaced the old one',
      file: 'tools/dead-letters/redrive/overtaken.ts',
      find: '  for (const id of await scanReplaced(replaced, states, scan)) overtaken.add(id);',
      replace: '',
      ...onApache,
    },
    {
      fault: 'takes a failed record for one that has overtaken',
      file: 'tools/dead-letters/redrive/overtaken.ts',
      find: '!same.some((other) => mayShareConsumer(failed, other))',
      replace: 'same.length < 0 || failed.offset >= 0',
      ...onApache,
    },
    {
      fault: 'leaves a record out because another consumer has it, too',
      file: 'tools/dead-letters/redrive/plan.ts',
      find: "(target.kind === 'topic' || mayShareConsumer(each.failed, other.failed))",
      replace: "(target.kind === 'topic' || each !== undefined)",
      caughtBy: ['test/tools/dead-letters/redrive/several-consumers.test.ts'],
    },
    {
      fault: 'plans in the order in which the places were read',
      file: 'tools/dead-letters/redrive/plan.ts',
      find: 'located.toSorted((a, b) => byOffset(a.failed, b.failed))',
      replace: 'located.toSorted(() => 0)',
      caughtBy: ['test/tools/dead-letters/redrive/plan.test.ts'],
    },
    {
      fault: 'takes a record that was sent again for one that has not been processed',
      file: 'tools/dead-letters/redrive/redrive.ts',
      find: '  const open = view.all.filter(({ id }) => !succeeded.has(id));',
      replace: '  const open = view.all;',
      ...onApache,
    },
    {
      fault: 'deletes a message with records that are not done',
      file: 'tools/dead-letters/redrive/resolve.ts',
      find: '        if (!isAll) continue;',
      replace: '',
      caughtBy: ['test/tools/dead-letters/redrive/resolve.test.ts'],
    },
    {
      fault: 'sends the rest of a key while its first records are under way',
      file: 'tools/dead-letters/redrive/send/batch-queue.ts',
      find: '        busy.set(key, chain);',
      replace: '        if (chain.length > 0) waiting.set(key, chain);',
      caughtBy: ['test/tools/dead-letters/redrive/send/send.test.ts'],
    },
    {
      fault: 'swaps the records of a key',
      file: 'tools/dead-letters/redrive/send/batch-queue.ts',
      find: 'toKeyName(chain[0] as FailedRecord), [...chain]]',
      replace: 'toKeyName(chain[0] as FailedRecord), chain.toReversed()]',
      caughtBy: ['test/tools/dead-letters/redrive/send/send.test.ts'],
    },
    {
      fault: 'sends what waits behind a failure of its key',
      file: 'tools/dead-letters/redrive/send/batch-queue.ts',
      find: '        if (failedKeys.has(key)) held.push(...chain);\n        else if (chain.length > 0)',
      replace: '        if (chain.length > 0)',
      caughtBy: ['test/tools/dead-letters/redrive/send/send.test.ts'],
    },
    {
      fault: 'writes down nothing before it sends',
      file: 'tools/dead-letters/redrive/send/send.ts',
      find: "      account.write({ step: 'sending', at: now().toISOString(), ids });",
      replace: '',
      caughtBy: ['test/tools/dead-letters/redrive/send/send.test.ts'],
    },
    {
      fault: 'names what a throttled function has refused as sent twice',
      file: 'tools/dead-letters/redrive/send/send.ts',
      find: "      if (answer.kind !== 'unclear') account.write({ step: 'refused', at: now().toISOString(), ids });",
      replace: '',
      caughtBy: hardCases,
    },
    {
      fault: 'sends what goes to several partitions in one request, of which half may arrive',
      file: 'tools/dead-letters/redrive/send/topic-target.ts',
      find: '(each) => `${each.place.topic} ${each.place.partition}`',
      replace: '(each) => each.place.topic',
      caughtBy: ['test/tools/dead-letters/redrive/send/topic-target.apache.test.ts'],
    },
    {
      fault: 'sends a record to its own topic, and leaves its partition to a partitioner',
      file: 'tools/dead-letters/redrive/send/topic-target.ts',
      find: 'if (isOwn && partition < partitionMetadata.length) return partition;',
      replace: '',
      caughtBy: ['test/tools/dead-letters/redrive/send/topic-target.apache.test.ts'],
    },
  ],
};
