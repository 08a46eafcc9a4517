// Renders docs/reference/rules.md from the rules themselves: `node infra/rules/reference.ts`.

import { writeFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import type { Evidence, Example, ExampleKit } from './rule.ts';
import { ruleIds, rules } from './rules.ts';

const kinds: Readonly<Record<Evidence['kind'], string>> = {
  'aws-answer': "AWS's answer",
  'api-model': 'model',
  documentation: 'documentation',
  reported: 'reported',
  arithmetic: 'arithmetic',
  inferred: '*inferred*',
};

const head = `# Rules of synth

<!-- Rendered by \`node infra/rules/reference.ts\`; edit the rules instead. -->

AWS deploys many settings that it then ignores. Synth fails instead, and names the field, the value, the reason and the remedy. Rules check the
mapping as AWS would get it, including \`overrides\`. To break a rule on purpose, name it and give the reason, which is added to the
template as metadata of the mapping:

\`\`\`ts
acknowledge: { LATEST_MISSES_RECORDS: 'a dashboard; yesterday does not matter' },
\`\`\`

An acknowledgement without a reason, or of a rule that is not broken, also fails, because it would hide the next mistake.

Each rule has its own file in \`infra/rules/\`, with its evidence and two examples: a consumer that breaks the rule, and the most similar one
that does not. The tests synthesize both. The examples are written as changes to a consumer that breaks no rule. There are no rules for what
CloudFormation Validate, part of the CDK, already finds.

| Evidence | Meaning |
|---|---|
| AWS's answer | AWS's own error text, recorded by somebody who received it |
| model | the service's model, or the resource schema |
| documentation | a page of AWS, or of another rule pack |
| reported | users reported it |
| arithmetic | it follows from stated limits |
| *inferred* | it follows from other sources; nobody has tested it |

A day is the day of a recorded answer or a measurement. A month is the month in which the source was read; pages change. Only AWS's answers have been
tested on AWS.
`;

/** The page. */
export function toReference(): string {
  const kit = createKit();
  return [head, ...ruleIds.map((id) => toSection(id, kit))].join('\n');
}

function toSection(id: (typeof ruleIds)[number], kit: ExampleKit): string {
  const { refuses, evidence, proofs } = rules[id];
  const [{ about, failing, passing }] = proofs;
  return `## ${id}

Refuses ${refuses}.

\`\`\`ts
${about === undefined ? '' : `// ${about}\n`}${toLine(failing, kit)} // fails
${toLine(passing, kit)} // passes
\`\`\`

${evidence.map(({ kind, from, says, date }) => `- ${kinds[kind]}: ${says} (${from}${toAge(date)})`).join('\n')}
`;
}

/** A month is that of the collected notes, not of a reading. */
function toAge(date: string | undefined): string {
  if (date === undefined) return '';
  return date.length === '2026-11'.length ? `; as known ${date}` : `; recorded ${date}`;
}

function toLine(example: Example, kit: ExampleKit): string {
  return show(typeof example === 'function' ? example(kit) : example);
}

function createKit(): ExampleKit {
  const stack = new Stack(new App(), 'Reference', { env: { account: '123456789012', region: 'eu-west-1' } });
  let count = 0;
  return {
    stack,
    id: () => `Example${(count += 1)}`,
    clusterArn: ({ account = '123456789012', region = 'eu-west-1' } = {}) =>
      `arn:aws:kafka:${region}:${account}:cluster/orders/01234567-89ab-cdef-0123-456789abcdef-4`,
    secretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:AmazonMSK_orders-AbCd12',
    keyArn: 'arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-00000000000a',
  };
}

const longList = 5;

/** A value as one would write it; constructs and formats by what they are. */
function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Date) return showDate(value);
  if (Array.isArray(value)) {
    if (value.length > longList) return `[/* ${value.length} of ${show(value[0])} */]`;
    return `[${value.map(show).join(', ')}]`;
  }
  return showResource(value) ?? showFields(value);
}

function showDate(date: Date): string {
  // Of the last hours: an example that reads the clock, which would make another page each time.
  const ageMs = Date.now() - date.getTime();
  if (ageMs >= 0 && ageMs < 2 * 3_600_000) return '/* a moment read off the clock */';
  return `new Date('${date.toISOString().replace('.000', '')}')`;
}

function showFields(value: object): string {
  const fields = Object.entries(value).map(([name, each]) => `${name}: ${show(each)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function showResource(value: object): string | undefined {
  const has = (name: string): boolean => name in value;
  const field = (name: string): string => String((value as Readonly<Record<string, unknown>>)[name]);
  if (has('decode')) return `/* the format ${field('name')} */`;
  if (!has('node')) return undefined;
  const { env } = value as { readonly env?: { readonly account: string } };
  if (has('secretArn')) return `/* the secret ${field('secretArn')} */`;
  if (has('queueArn') || has('topicArn')) {
    const kind = has('queueArn') ? 'queue' : 'topic';
    return `/* a ${field('fifo') === 'true' ? 'FIFO' : 'standard'} ${kind} of account ${env?.account} */`;
  }
  if (has('bucketArn')) return `/* a bucket of account ${env?.account} */`;
  return has('vpcId') ? '/* a VPC */' : '/* a security group */';
}

if (import.meta.main) writeFileSync(new URL('../../docs/reference/rules.md', import.meta.url), toReference());
