// The help of the program and of each command, from their data; no line is longer than 80 characters.

import type { Command } from './command.ts';
import { exitCodeTable } from './exit-code.ts';
import { wrap } from './terminal/wrap.ts';

/** The help of the whole program. */
export function toProgramHelp(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }): [string, string] => [name, summary]);
  return [
    'tailrace: Kafka consumers on AWS Lambda whose memory is a contract',
    'Usage: tailrace <command> [options]',
    `Commands:\n${toRows(rows)}`,
    `Exit codes:\n${toExitCodes({})}`,
    'For the options of a command: tailrace <command> --help\nFor the version: tailrace --version',
  ]
    .join('\n\n')
    .concat('\n');
}

/** The help of one command. */
export function toCommandHelp(command: Command): string {
  const { argument, optionalArgument: second } = command;
  const rows = Object.entries(command.options).map(([name, spec]): [string, string] => {
    const valueName = spec.valueName ?? (spec.kind === 'integer' ? 'N' : 'TEXT');
    const value =
      spec.kind === 'flag' ? '' : spec.isValueOptional === true ? `[=${valueName}]` : ` ${valueName}`;
    const notes = [
      spec.oneOf?.join(' | '),
      spec.isList ? 'may be given several times' : undefined,
      spec.byDefault === undefined ? undefined : `default ${spec.byDefault}`,
    ].filter((note) => note !== undefined);
    return [`--${name}${value}`, notes.length > 0 ? `${spec.summary} (${notes.join('; ')})` : spec.summary];
  });
  const words = [
    ...(argument ? [[`<${argument.name}>`, argument.summary] as const] : []),
    ...(second ? [[`[${second.name}]`, second.summary] as const] : []),
  ];
  return [
    toParagraph(`tailrace ${command.name}: ${command.summary}`),
    `Usage: tailrace ${command.name}${argument ? ` <${argument.name}>` : ''}${second ? ` [${second.name}]` : ''} [options]`,
    ...command.about.map(toParagraph),
    ...(words.length > 0 ? [`Argument${words.length > 1 ? 's' : ''}:\n${toRows(words)}`] : []),
    `Options:\n${toRows([...rows, ['--help', 'shows this help']])}`,
    `Examples:\n${toRows(command.examples)}`,
    `Exit codes:\n${toExitCodes(command.exitCodes ?? {})}`,
  ]
    .join('\n\n')
    .concat('\n');
}

/** What fits every terminal. */
const columns = 80;
const maxLeft = 26;

/** Rows of a name and a text beside it; below it, where the name is long. */
function toRows(rows: readonly (readonly [string, string])[]): string {
  const width = Math.min(maxLeft, Math.max(0, ...rows.map(([left]) => left.length)));
  const indent = ' '.repeat(width + 4);
  return rows
    .flatMap(([left, right]) => {
      const [first = '', ...rest] = wrap(right, columns - width - 4).map((line) => line.trim());
      const below = rest.map((line) => indent + line);
      return left.length > width
        ? [toCommandLine(left), indent + first, ...below]
        : [`  ${left.padEnd(width)}  ${first}`, ...below];
    })
    .join('\n');
}

/** A long command line goes on in the next line as a shell takes it. */
function toCommandLine(text: string): string {
  return wrap(`  ${text}`, columns - 2).join(' \\\n');
}

function toExitCodes(special: Readonly<Record<number, string>>): string {
  return toRows(exitCodeTable.map(([code, meaning]) => [String(code), special[code] ?? meaning]));
}

function toParagraph(text: string): string {
  return wrap(text.replaceAll(/\s*\n\s*/g, ' '), columns)
    .map((line) => line.trim())
    .join('\n');
}
