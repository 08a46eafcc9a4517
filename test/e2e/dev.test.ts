// `tailrace dev` as a person uses it: a CDK app of its own, edited while it runs.
import { toThings, writeDevProject, type DevProject } from '../support/dev-project.ts';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createKafka } from '../../tools/broker/kafka-client.ts';
import type { DevState } from '../../tools/dev/state-file.ts';
import { hasLeftovers, startCli, type RunningCli } from '../support/cli.ts';

let app: DevProject;
let dev: RunningCli;

const broken = "throw new Error('no such variable');";

function handler(version: string, more = ''): string {
  return `
import { createConsumer } from '../../../lib/index.ts';
import { things } from './consumer.ts';
${more}
export const handler = createConsumer(things, {
  record(record, { log }) {
    log.info('seen by ${version}', { offset: record.offset });
  },
});
`;
}

async function send(): Promise<void> {
  const { bootstrapServers } = JSON.parse(
    await readFile(join(app.folder, '.tailrace', 'dev.json'), 'utf8'),
  ) as DevState;
  const producer = createKafka(bootstrapServers).producer();
  await producer.connect();
  await producer.send({ topic: 'things', messages: [{ value: '{}' }] });
  await producer.disconnect();
}

before(async () => {
  app = await writeDevProject(handler('the first'));
  dev = startCli(['dev', '--project', app.folder]);
  await dev.printed('watching');
});

after(async () => {
  dev.child.kill('SIGKILL');
  await app.remove();
});

test(
  'replaces a function when its source is saved, keeps it through broken edits, restarts a mapping, and leaves nothing',
  { timeout: 240_000 },
  async () => {
    await send();
    await dev.printed('seen by the first');

    await app.save('handler.ts', handler('the second'));
    await dev.printed('things: replaced');
    await send();
    await dev.printed('seen by the second');

    await app.save('handler.ts', `${handler('the third')}const broken = ;`);
    await dev.printed('things was not replaced');
    await app.save('handler.ts', handler('the third', broken));
    await dev.printed('it does not load, got no such variable');
    const { length } = seen('seen by the second');
    await send();
    await dev.printed('seen by the second', length + 1);

    await app.save('handler.ts', handler('the fourth'));
    await app.save('consumer.ts', toThings(20));
    await dev.printed('things: its definition changed; its mapping was restarted');
    await send();
    await dev.printed('seen by the fourth');
    // Offsets were kept: no record came a second time.
    assert.equal(seen('seen by').length, 4);

    // A definition that was saved beside a broken handler is not forgotten.
    await app.save('handler.ts', handler('the fifth', broken));
    await app.save('consumer.ts', toThings(30));
    await dev.printed('it does not load, got no such variable', 2);
    await app.save('handler.ts', handler('the fifth'));
    await dev.printed('things: its definition changed; its mapping was restarted', 2);

    // The same mistake is told each time, and its end is.
    for (const times of [1, 2]) {
      const mended = seen('mended; what runs is what is saved').length;
      const failed = seen('got exit code 9 from exit 9').length;
      await app.save('cdk.json', JSON.stringify({ app: 'exit 9' }));
      await dev.printed('got exit code 9 from exit 9', failed + 1);
      await app.save('cdk.json', JSON.stringify({ app: 'node app.ts', context: { times } }));
      await dev.printed('mended; what runs is what is saved', mended + 1);
    }

    process.kill(-(dev.child.pid ?? 0), 'SIGINT');
    const { code, stdout } = await dev.ended;
    assert.equal(code, 0, stdout);
    await assert.rejects(readFile(join(app.folder, '.tailrace', 'dev.json')), { code: 'ENOENT' });
    assert.equal(await hasLeftovers(dev), false);
  },
);

function seen(text: string): readonly string[] {
  return dev
    .output()
    .split('\n')
    .filter((line) => line.includes(text));
}
