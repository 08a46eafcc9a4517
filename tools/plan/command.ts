// `tailrace plan`: from traffic to pollers, concurrency, memory and a month's bill, and where the next ceiling is.

import type { Command } from '../command.ts';
import { findProject } from '../run/synth.ts';
import { createStyle } from '../terminal/style.ts';
import { toOptionSpecs, toWorkload } from './options.ts';
import { toPlan } from './plan.ts';
import { toReport } from './report.ts';

/** The command's data. */
export const planCommand: Command = {
  name: 'plan',
  summary:
    "estimates pollers, concurrency, memory and a month's cost of some traffic, and what limits it next",
  about: [
    'Arithmetic, not a measurement: averages in, averages out. With --consumer, what the definition says is taken from it.\n' +
      'Exit code 1 when the consumer, as it is set, cannot take the traffic.\n' +
      "Prices are AWS's list prices for one Region, each with its source in tools/plan/cost/prices.json.",
  ],
  options: {
    consumer: {
      kind: 'text',
      valueName: 'NAME',
      summary: 'plans this consumer of the app',
      byDefault: 'none',
    },
    ...toOptionSpecs(),
    msk: {
      kind: 'text',
      summary: 'adds a cluster to the bill',
      oneOf: ['none', 'serverless'],
      byDefault: 'none',
    },
    json: { kind: 'flag', summary: 'prints the plan as one JSON document' },
  },
  examples: [
    [
      'npm run tailrace -- plan --consumer archive --rate 0.3 --bytes 600',
      'the traffic that this project began with',
    ],
    ['npm run tailrace -- plan --rate 20000 --peak 50000 --partitions 96 --max-pollers 96', 'a busy topic'],
    ['npm run tailrace -- plan --rate 100 --msk serverless --json', 'with a cluster, for a program'],
  ],
  async run(values, { stdout }) {
    const plan = toPlan(await toWorkload(values, findProject()));
    const text =
      values['json'] === true
        ? JSON.stringify(plan, null, 2)
        : toReport(plan, createStyle(stdout)).join('\n');
    stdout.write(`${text}\n`);
    return plan.warnings.length === 0 ? 0 : 1;
  },
};
