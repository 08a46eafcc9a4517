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
    await app.save('handler.ts', handler('the third', "throw new Error('no such variable');"));
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
