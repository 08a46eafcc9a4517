// Renders the tables of props in docs/reference/infrastructure.md from the docstrings of the interfaces: `node infra/props-reference.ts`.

import { readFileSync, writeFileSync } from 'node:fs';

/** A property of an exported interface, as its declaration and its docstring say. */
export interface Prop {
  readonly name: string;
  readonly isOptional: boolean;
  /** As it is declared, without `readonly`. */
  readonly type: string;
  /** The docstring as one line, without what it says of the default; empty where there is none. */
  readonly text: string;
  /** What the docstring says after "Default"; undefined where it says none. */
  readonly byDefault: string | undefined;
}

/** An interface of a source file. */
export interface PropsInterface {
  readonly name: string;
  /** Names of the interfaces whose properties it has too, also those that it leaves some out of. */
  readonly parents: readonly string[];
  readonly props: readonly Prop[];
}

/** Tables of the page, each by its interface: where that stands, and what the table is called. */
const tables: readonly (readonly [name: string, file: string, title: string])[] = [
  ['KafkaConsumerProps', 'kafka-consumer.ts', '`KafkaConsumer`'],
  ['MappingOptions', 'mapping/mapping.ts', 'Its mapping'],
  ['ConsumerOptions', 'kafka-consumer.ts', 'Its data, logs and rules'],
  ['FunctionOptions', 'function/consumer-function.ts', 'Its function'],
  ['BundlingOptions', 'function/bundle-settings.ts', '`bundling`'],
  ['KafkaConsumerSourceProps', 'kafka-consumer-source.ts', '`KafkaConsumerSource`'],
  ['KafkaConsumersProps', 'kafka-consumers.ts', '`KafkaConsumers`'],
  ['GroupedConsumerOptions', 'kafka-consumers.ts', '`consumers.add(definition, …)`'],
  ['MonitoringOptions', 'monitoring/monitoring.ts', '`Monitoring`'],
  ['AlarmSetting', 'monitoring/alarms/alarm-options.ts', 'A setting of `alarms`'],
  ['PrivateBucketProps', 'private-bucket.ts', '`PrivateBucket`'],
  ['KafkaClusterProps', 'cluster/cluster-props.ts', '`KafkaCluster`'],
  ['TopicSettings', 'cluster/topic-settings.ts', 'One of its `topics`'],
  ['NetworkPreflightProps', 'network/network-preflight.ts', '`NetworkPreflight`'],
];

const [start, end] = [
  '<!-- Rendered by `node infra/props-reference.ts`; edit the docstrings instead. -->',
  '<!-- /rendered -->',
];

/** Reads the interfaces of a file of `infra/`, in the form that the formatter gives them. */
export function readInterfaces(file: string): readonly PropsInterface[] {
  const source = readFileSync(new URL(file, import.meta.url), 'utf8');
  return [...source.matchAll(/^(?:export )?interface (\w+)([^{]*)\{\n(.*?)^\}/gms)].map(
    ([, name = '', head = '', body = '']) => ({
      name,
      parents: head.match(/\b[A-Z]\w+/g)?.filter((each) => each !== 'Omit') ?? [],
      props: [
        ...body.matchAll(/(?:^ {2}\/\*\*((?:(?!\*\/).)*)\*\/\n)?^ {2}readonly (\w+)(\??):\s(.*?);$/gms),
      ].map(([, doc = '', prop = '', mark, type = '']) => ({
        name: prop,
        isOptional: mark === '?',
        type: type
          .replaceAll(/\breadonly /g, '')
          .replaceAll(/\s+\|? ?/g, (gap) => (gap.includes('|') ? ' | ' : ' ')),
        ...readDoc(doc),
      })),
    }),
  );
}

function readDoc(doc: string): Pick<Prop, 'text' | 'byDefault'> {
  const text = doc.replaceAll(/\s*\n\s*\* ?/g, ' ').trim();
  const found = /(?:^|(?<=\. ))Default ((?:(?!\. ).)*?)\.?(?:$|\. )/.exec(text);
  return { text: text.replace(found?.[0] ?? '', '').trim(), byDefault: found?.[1] };
}

function renderTable([name, file, title]: (typeof tables)[number]): string {
  const found = readInterfaces(file).find((each) => each.name === name);
  if (found === undefined) throw new Error(`${file} has no interface ${name}`);
  const rows = found.props.map(({ name: prop, type, text, isOptional, byDefault = '' }) => {
    const about = text.replaceAll(/\{@link (\w+)\}/g, '`$1`').replace(/\.$/, '');
    const cells = [`\`${prop}\``, `\`${type}\``, about, isOptional ? byDefault : '*required*'];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return [`| ${title} | Type | | Default |`, '|---|---|---|---|', ...rows, ''].join('\n');
}

/** The page with its tables as the docstrings have them now. */
export function renderProps(page: string): string {
  const [before, rest] = [page.indexOf(start), page.indexOf(end)];
  if (before === -1 || rest < before) throw new Error(`the page has no place for props: ${start} and ${end}`);
  return `${page.slice(0, before)}${start}\n\n${tables.map(renderTable).join('\n')}\n${page.slice(rest)}`;
}

if (import.meta.main) {
  const file = new URL('../docs/reference/infrastructure.md', import.meta.url);
  writeFileSync(file, renderProps(readFileSync(file, 'utf8')));
}
