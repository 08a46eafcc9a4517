// One animal in a process of its own: feeds it, and prints what is said about its memory as lines of JSON.
// `node enclosure.ts <leaking|healthy> <index> <invocations> [--until-found]`

import { setImmediate as nextTurn } from 'node:timers/promises';

import { createConsumer, defineConsumer, json } from '../../../lib/index.ts';
import { createRetentionWatch, toRetentionFields } from '../../../lib/retention/watch.ts';
import { toContext } from '../../support/events.ts';
import { KeptLogger } from '../../support/log.ts';
import type { Behaviour } from './animal.ts';
import { createFeeder } from './events.ts';
import { healthy } from './healthy.ts';
import { leaking } from './leaking.ts';

const [kind, index, invocations, mode] = process.argv.slice(2);
const animal = (kind === 'leaking' ? leaking : healthy)[Number(index)];
if (!animal) throw new Error(`no such animal, got ${kind} ${index}, expected one of the zoo`);
const feeder = createFeeder(animal.diet ?? {});
const { fails = false } = animal;
const feed = toFeed(animal.hatch());

for (let invocation = 1; invocation <= Number(invocations); invocation++) {
  const findings = await feed();
  // As between invocations on Lambda, the event loop turns.
  await nextTurn();
  for (const finding of findings) process.stdout.write(`${JSON.stringify({ invocation, finding })}\n`);
  if (findings.length > 0 && mode === '--until-found') break;
}
// Timers that leak on purpose would keep the process. Lines are written synchronously where stdout is a pipe to a parent.
process.exit();

/** A function that runs one invocation and gives what was said about memory after it. */
function toFeed(behaviour: Behaviour): () => Promise<readonly unknown[]> {
  if ('raw' in behaviour) {
    const watch = createRetentionWatch();
    return async () => {
      await behaviour.raw(feeder.next());
      const verdict = watch.observe(feeder.records, 60_000);
      return verdict.state === 'growing' && verdict.isNews ? [toRetentionFields(verdict)] : [];
    };
  }
  const config = defineConsumer({ name: 'zoo', topic: 'orders', value: behaviour.format ?? json() });
  const logger = new KeptLogger({ logLevel: 'WARN' });
  const deadLetters = { store: () => Promise.reject(new Error('no record of the zoo may fail')) };
  const handler = createConsumer(config, { record: behaviour.record }, { deadLetters, logger });
  return async () => {
    await handler(feeder.next(), toContext());
    const lines = logger.lines.splice(0);
    const other = lines.find((line) => line['retention'] === undefined);
    if (other && !fails) throw new Error(`a record of the zoo failed: ${JSON.stringify(other)}`);
    return lines.map((line) => line['retention']).filter((finding) => finding !== undefined);
  };
}
