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
    'estimates pollers, concurrency, memory and monthly cost for your traffic, and names the next limit',
  about: [
    'This is a calculation from averages, not a measurement. With --consumer the settings come from the definition.\n' +
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
      summary: 'adds the cost of a cluster',
      oneOf: ['none', 'serverless'],
      byDefault: 'none',
    },
    json: { kind: 'flag', summary: 'prints the plan as one JSON document' },
  },
  examples: [
    [
      'npx tailrace plan --consumer archive --rate 0.3 --bytes 600',
      'a consumer of the app, with little traffic',
    ],
    ['npx tailrace plan --rate 20000 --peak 50000 --partitions 96 --max-pollers 96', 'a busy topic'],
    ['npx tailrace plan --rate 100 --msk serverless --json', 'with the cost of a cluster, as JSON'],
  ],
  exitCodes: {
    0: 'the consumer can handle the traffic',
    1: 'the consumer, as configured, cannot handle the traffic',
  },
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
