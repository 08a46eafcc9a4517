// The lines that put a consumer into a stack, and where they go in a stack that somebody else wrote.

import { dirname, posix, relative, sep } from 'node:path';
import { consumerFolder, toVariable, type ConsumerPlan } from './consumer-files.ts';
import { toLanguage } from './javascript.ts';
import type { Dialect } from './project.ts';

/** What a stack with the consumer has more. */
export interface StackLines {
  readonly imports: readonly string[];
  /** For the end of the constructor; the first line without indentation. */
  readonly statement: readonly string[];
}

/** The lines for the stack in `stackFile`, a path relative to the project. */
export function toStackLines(plan: ConsumerPlan, dialect: Dialect, stackFile: string): StackLines {
  const variable = toVariable(plan.name);
  const up = relative(dirname(stackFile), '.').split(sep).join('/') || '.';
  const folder = posix.join(up, consumerFolder(plan));
  const path = folder.startsWith('.') ? folder : `./${folder}`;
  const here = dialect.modules === 'esm' ? 'import.meta.dirname' : '__dirname';
  return {
    imports: [
      `import { KafkaConsumer } from 'tailrace/cdk';`,
      `import { ${variable} } from '${path}/consumer${dialect.extension}';`,
    ].map((line) => toLanguage(line, dialect)),
    statement: [
      `new KafkaConsumer(this, '${variable.replace(/^./, (first) => first.toUpperCase())}', {`,
      `      definition: ${variable},`,
      `      entry: \`\${${here}}/${folder}/handler.${dialect.language}\`,`,
      `      source: {`,
      `        type: 'msk-iam',`,
      `        // Your cluster's ARN.`,
      `        clusterArn:`,
      `          process.env['CLUSTER_ARN'] ??`,
      `          'arn:aws:kafka:eu-west-1:123456789012:cluster/replace-me/00000000-0000-0000-0000-000000000000-1',`,
      `      },`,
      `    });`,
    ],
  };
}

/** The stack's text with the lines in it; undefined where its shape is another than the usual one. */
export function insertLines(text: string, { imports, statement }: StackLines): string | undefined {
  const lastImport = [...text.matchAll(/^(?:import\s|const\s[^;=]*=\s*require\()[^;]*;[^\n]*\n/gm)].at(-1);
  const call = /\bextends\s+(?:\w+\.)?Stack\b[\s\S]*?\bsuper\([^;]*\);[^\n]*\n/.exec(text);
  if (lastImport === undefined || call === null || call.index < lastImport.index) return undefined;
  const afterImports = lastImport.index + lastImport[0].length;
  const afterSuper = call.index + call[0].length;
  const missing = imports.filter((line) => !isImported(/\{ (\w+) \}/.exec(line)?.[1] ?? line, text));
  return [
    text.slice(0, afterImports),
    ...missing.map((line) => `${line}\n`),
    text.slice(afterImports, afterSuper),
    `    ${statement.join('\n')}\n`,
    text.slice(afterSuper),
  ].join('');
}

function isImported(name: string, text: string): boolean {
  return new RegExp(`^(?:import|const)\\s[^;=]*\\{[^}]*\\b${name}\\b[^}]*\\}`, 'm').test(text);
}
