// `tailrace dead-letters` beside `tailrace dev`, without an option that says where: listed, tried with the mended code, and sent again.
import { writeDevProject, type DevProject } from '../support/dev-project.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ListReport } from '../../tools/dead-letters/list.ts';
import type { RedriveReport } from '../../tools/dead-letters/redrive/reports.ts';
import type { Tried } from '../../tools/dead-letters/tried.ts';
import { startCli, type RunningCli } from '../support/cli.ts';

let app: DevProject;
let dev: RunningCli;

function handler(body: string): string {
  return `
import { createConsumer, DeadLetterError } from '../../../lib/index.ts';
import { things } from './consumer.ts';
export const handler = createConsumer(things, { record(record, { log }) { ${body} } });
`;
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what the caller says the document is
async function deadLetters<T>(...args: readonly string[]): Promise<T> {
  const { stdout, stderr } = await startCli(['dead-letters', ...args, '--json'], {}, app.folder).ended;
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as T;
}

before(async () => {
  app = await writeDevProject(
    handler("if (record) throw new DeadLetterError('OLD_FORMAT', 'an old thing');"),
  );
  dev = startCli(['dev', '--project', app.folder]);
  await dev.printed('watching');
});

after(async () => {
  process.kill(-(dev.child.pid ?? 0), 'SIGINT');
  await dev.ended;
  await app.remove();
});

test('lists, tries and redrives what the running dev could not process', { timeout: 240_000 }, async () => {
  await app.save('lines.ndjson', '{"value":{"a":1}}\n{"value":{"a":2}}\n');
  const sent = await startCli(['send', 'things', 'lines.ndjson'], {}, app.folder).ended;
  assert.equal(sent.code, 0, sent.stderr);
  const deadline = Date.now() + 60_000;
  let report = await deadLetters<ListReport>('list');
  while (report.total < 2 && Date.now() < deadline) report = await deadLetters<ListReport>('list');
  assert.deepEqual(
    report.groups.map(({ name, count }) => [name, count]),
    [['things  OLD_FORMAT', 2]],
  );

  await app.save('handler.ts', handler("log.info('seen', { offset: record.offset });"));
  await dev.printed('things: replaced');
  const tried = await deadLetters<readonly Tried[]>('try');
  assert.deepEqual(
    tried.map(({ now }) => now),
    ['succeeds', 'succeeds'],
  );

  const { succeeded, failedAgain } = await deadLetters<RedriveReport>('redrive', '--yes', '--rate', '1000');
  assert.deepEqual([succeeded, failedAgain], [2, 0]);
  await dev.printed('seen  things-', 2);
  assert.equal((await deadLetters<ListReport>('list')).total, 0);
});
