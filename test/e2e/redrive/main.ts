// The command line of the redrive proof: `node test/e2e/redrive/main.ts --broker apache --records 10000`.
import { parseArgs } from 'node:util';
import { prove } from './prove.ts';

const { values } = parseArgs({
  options: {
    broker: { type: 'string', default: 'embedded' },
    records: { type: 'string', default: '600' },
    rate: { type: 'string', default: '500' },
  },
});
const records = Number(values.records);
if (
  !Number.isInteger(records) ||
  records <= 0 ||
  records % 20 !== 0 ||
  !/^(?:embedded|apache)$/.test(values.broker)
) {
  process.stderr.write('redrive: expected --broker embedded or apache, and --records N, a multiple of 20\n');
  process.exitCode = 2;
} else {
  process.env['TAILRACE_TEST_BROKER'] = values.broker;
  const startedMs = performance.now();
  const proof = await prove({
    records,
    rate: Number(values.rate),
    kills: { 's3-way': 2, 'sqs-way': 2, 'sns-way': 2, 'topic-way': 2 },
    onProgress: (line) =>
      process.stderr.write(`${Math.round((performance.now() - startedMs) / 1000)} s: ${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(proof, undefined, 2)}\n`);
}
