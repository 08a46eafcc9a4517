// One animal in a process of its own: feeds it, and prints what is said about its memory as lines of JSON, and when the
// environment was full. `node enclosure.ts <list> <index> <invocations> [--until-found]`, the memory size as on Lambda.

import { setImmediate as nextTurn } from 'node:timers/promises';

import { createConsumer, createWatermark, defineConsumer, json } from '../../../lib/index.ts';
import { createRetentionWatch, toRetentionFields } from '../../../lib/retention/watch.ts';
import type { Watermark } from '../../../lib/memory/watermark.ts';
import { toContext } from '../../support/events.ts';
import { KeptLogger } from '../../support/log.ts';
import type { Behaviour } from './animal.ts';
import { createFeeder } from './events.ts';
import { lists, type ListName } from './lists.ts';

const [list = '', index, invocations, mode] = process.argv.slice(2);
const animal = lists[list as ListName]()[Number(index)];
if (!animal) throw new Error(`no such animal, got ${list} ${index}, expected one of the zoo`);
const feeder = createFeeder(animal.diet ?? {});
const { fails = false } = animal;
const watermark = createWatermark({ endsWhenFull: true });
const feed = toFeed(animal.hatch(), watermark);
const write = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

for (let invocation = 1; invocation <= Number(invocations); invocation++) {
  const findings = await feed();
  // As between invocations on Lambda, the event loop turns.
  await nextTurn();
  for (const finding of findings) write({ invocation, finding });
  if (invocation % 20 === 0) write({ invocation });
  if (findings.length > 0 && mode === '--until-found') break;
  if (watermark.fullness === 'roomy' || watermark.fullness === 'tight') continue;
  write({ invocation, full: watermark.fullness });
  break;
}
// Timers that leak on purpose would keep the process. Lines are written synchronously where stdout is a pipe to a parent.
process.exit();

/** A function that runs one invocation and gives what was said about memory after it. */
function toFeed(behaviour: Behaviour, watermark: Watermark): () => Promise<readonly unknown[]> {
  if ('raw' in behaviour) {
    const watch = createRetentionWatch({ limitBytes: watermark.markBytes });
    return async () => {
      const stay = watermark.begin();
      await behaviour.raw(feeder.next());
      stay.end({ arrivingBytes: 0, stayingBytes: 0, neededBytes: 0, remainingMs: 60_000 });
      const verdict = watch.observe(60_000);
      return verdict.state === 'growing' && verdict.isNews ? [toRetentionFields(verdict)] : [];
    };
  }
  const config = defineConsumer({ name: 'zoo', topic: 'orders', value: behaviour.format ?? json() });
  const logger = new KeptLogger({ logLevel: 'WARN' });
  const deadLetters = { store: () => Promise.reject(new Error('no record of the zoo may fail')) };
  const handler = createConsumer(config, { record: behaviour.record }, { deadLetters, logger, watermark });
  return async () => {
    await handler(feeder.next(), toContext());
    const lines = logger.lines.splice(0);
    const other = lines.find((line) => line['retention'] === undefined && line['limitBytes'] === undefined);
    if (other && !fails) throw new Error(`a record of the zoo failed: ${JSON.stringify(other)}`);
    return lines.map((line) => line['retention']).filter((finding) => finding !== undefined);
  };
}
