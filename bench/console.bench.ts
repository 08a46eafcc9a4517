// What the console costs a run: `npm start` with its page open in Chromium and without, in turns; `--records N`, default 50,000. The time
// is that from the first record that a function took to the end of the proof.
import { parseArgs } from 'node:util';
import { startChromium } from '../test/support/chromium.ts';
import { startCli } from '../test/support/cli.ts';
import { median } from './median.ts';
import { saveResult } from './report.ts';

const rounds = 3;
const { values } = parseArgs({
  options: { records: { type: 'string', default: '50000' }, save: { type: 'boolean' } },
});
const records = Number(values.records);
const browser = await startChromium();

/** Seconds of one run. */
async function run(hasPage: boolean): Promise<number> {
  const cli = startCli(['run', '--records', String(records), '--json', ...(hasPage ? [] : ['--no-console'])]);
  if (hasPage) {
    await cli.printed('console: ');
    const page = await browser.newPage();
    await page.goto(/console: (\S+)/.exec(cli.output())?.[1] ?? '');
    await page.getByText('live', { exact: true }).waitFor();
    await cli.ended;
    await page.close();
  }
  const { code, stdout, stderr } = await cli.ended;
  if (code !== 0) throw new Error(`the run ended with exit code ${code}: ${stderr.slice(-500)}`);
  const { durationMs, firstRecordMs } = JSON.parse(stdout) as {
    readonly durationMs: number;
    readonly firstRecordMs: number;
  };
  return (durationMs - firstRecordMs) / 1000;
}

const turns: { readonly without: number; readonly withPage: number }[] = [];
try {
  for (let round = 0; round < rounds; round++) {
    // Whoever goes second finds the machine warmer.
    const isFirst = round % 2 === 0;
    const one = await run(isFirst);
    const other = await run(!isFirst);
    const turn = isFirst ? { without: other, withPage: one } : { without: one, withPage: other };
    process.stdout.write(
      `  page open ${turn.withPage.toFixed(1)} s, no console ${turn.without.toFixed(1)} s\n`,
    );
    turns.push(turn);
  }
} finally {
  await browser.close();
}
const ratio = median(turns.map(({ without, withPage }) => without / withPage));
const note = `${records} records for each of three consumers, embedded Kafka, ${rounds} turns`;
process.stdout.write(`console: ${note}; rate with the page open ${ratio.toFixed(2)} of that without\n`);
if (values.save === true) saveResult('console', { note, results: turns, ratio });
