// The TypeScript of README and docs, taken out of the pages and written as files that a compiler can read.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root: string = fileURLToPath(new URL('../../', import.meta.url));

/** One block between fences. */
export interface CodeBlock {
  /** The page, relative to the project. */
  readonly page: string;
  /** Of its first line, 1 or more. */
  readonly line: number;
  readonly text: string;
}

/** A block as files, one for each way to read it: it compiles if one of them does. */
export interface WrittenBlock extends CodeBlock {
  /** Absolute; the first one is the block as a module of its own. */
  readonly files: readonly string[];
}

/** Every `ts` block of README.md and docs/; pages that are rendered from code have blocks that its own tests run. */
export function readBlocks(): readonly CodeBlock[] {
  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`);
  return ['README.md', ...pages].toSorted().flatMap(readPage);
}

function readPage(page: string): readonly CodeBlock[] {
  const lines = readFileSync(join(root, page), 'utf8').split('\n');
  if (lines.some((line) => line.startsWith('<!-- Rendered by'))) return [];
  const blocks: CodeBlock[] = [];
  for (let start = 0; start < lines.length; start++) {
    if (!/^```(?:ts|typescript)\b/.test(lines[start] ?? '')) continue;
    const end = lines.indexOf('```', start);
    blocks.push({ page, line: start + 2, text: lines.slice(start + 1, end).join('\n') });
    start = end;
  }
  return blocks;
}

/** Writes the blocks below `folder`; blocks of one page that name their files (`// src/a.ts`) lie so beside each other. */
export function writeBlocks(blocks: readonly CodeBlock[], folder: string): readonly WrittenBlock[] {
  return blocks.map((block) => {
    const place = join(folder, block.page.replaceAll('/', '-'));
    const named = /^\/\/ ([\w./-]+\.ts)\b/.exec(block.text)?.[1];
    const asModule = named ?? `block-${block.line}.ts`;
    const lines = block.text.split('\n');
    const files = Object.entries({
      [asModule]: `${block.text}\nexport {};\n`,
      // Statements of a stack's constructor.
      [`block-${block.line}-stack.ts`]: `class Page extends Stack {\n  make(): void {\n${block.text}\n  }\n}\nexport { Page };\n`,
      // Properties of an object that the text around it names, or a choice of them, a line each.
      [`block-${block.line}-properties.ts`]: `export default {\n${block.text}\n};\n`,
      [`block-${block.line}-choice.ts`]: `${lines.map((line) => `void {${line}\n};`).join('\n')}\nexport {};\n`,
    });
    for (const [name, text] of files) {
      mkdirSync(dirname(join(place, name)), { recursive: true });
      writeFileSync(join(place, name), text);
    }
    return { ...block, files: files.map(([name]) => join(place, name)) };
  });
}

/** What fragments refer to: the names of the packages, and what the text around them has introduced; a file of global names. */
export const context = `
type Cdk = typeof import('aws-cdk-lib');
type Tailrace = typeof import('tailrace/cdk');
type Consumer = import('tailrace').ConsumerDefinition & import('tailrace/cdk').KafkaConsumer;
declare const Stack: Cdk['Stack'], RemovalPolicy: Cdk['RemovalPolicy'];
declare const KafkaCluster: Tailrace['KafkaCluster'], KafkaConsumer: Tailrace['KafkaConsumer'];
declare const KafkaConsumers: Tailrace['KafkaConsumers'], KafkaConsumerSource: Tailrace['KafkaConsumerSource'];
declare const Monitoring: Tailrace['Monitoring'], NetworkPreflight: Tailrace['NetworkPreflight'];
declare const SqsDlq: typeof import('aws-cdk-lib/aws-lambda-event-sources').SqsDlq;
declare const preflightExclusions: Tailrace['preflightExclusions'];
declare const Preflight: { apply(app: import('aws-cdk-lib').App, options: { exclude: readonly string[] }): void };
declare const app: import('aws-cdk-lib').App, stack: import('aws-cdk-lib').Stack;
declare const orders: Consumer, archive: Consumer, relay: Consumer;
declare const orderSchema: object, Order: import('zod').ZodObject, source: import('tailrace/cdk').KafkaSource;
declare const clusterArn: string, bootstrapServers: string[], registryArn: string, url: string;
declare const entry: string, handlersFolder: string;
declare const secret: import('aws-cdk-lib/aws-secretsmanager').ISecret;
declare const vpc: import('aws-cdk-lib/aws-ec2').IVpc, pollers: import('aws-cdk-lib/aws-ec2').ISecurityGroup;
declare const vpcSubnets: import('aws-cdk-lib/aws-ec2').SubnetSelection;
declare const fn: import('aws-cdk-lib/aws-lambda').Function, table: import('aws-cdk-lib/aws-dynamodb').Table;
declare const operators: import('aws-cdk-lib/aws-iam').IGrantable;
declare const bucket: import('aws-cdk-lib/aws-s3').IBucket, queue: import('aws-cdk-lib/aws-sqs').IQueue;
declare const alarmTopic: import('aws-cdk-lib/aws-sns').ITopic;
`;
