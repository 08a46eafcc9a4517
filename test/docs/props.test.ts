// The constructs' reference against the constructs: every property that an app can set is on the page, with its default.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readInterfaces, renderProps, type PropsInterface } from '../../infra/props-reference.ts';

const page = readFileSync(new URL('../../docs/reference/infrastructure.md', import.meta.url), 'utf8');
const index = readFileSync(new URL('../../infra/index.ts', import.meta.url), 'utf8');

/** Results and CloudFormation's own words, which nobody sets. */
const noProps: ReadonlySet<string> = new Set(['MappingProperties']);

/** Interfaces that `tailrace/cdk` exports, and those that they are made from. */
const exported = [...index.matchAll(/^export type \{([^}]+)\} from '\.\/([^']+)'/gms)].flatMap(
  ([, names = '', file = '']) => {
    const all = readInterfaces(file);
    const find = (name: string): readonly PropsInterface[] =>
      all.flatMap((each) => (each.name === name ? [each, ...each.parents.flatMap(find)] : []));
    return names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => !noProps.has(name))
      .flatMap(find);
  },
);

test('has every property of the exported interfaces', () => {
  const names = exported.flatMap((each) => each.props.map(({ name }) => `${each.name}.${name}`));
  for (const one of [
    'KafkaConsumerProps.entry',
    'MskScramSource.secret',
    'Network.securityGroups',
    'ConfluentRegistry.url',
    'SelfManagedCluster.rootCACertificate',
  ])
    assert.ok(names.includes(one), one);
  const said = new Set(
    [...page.matchAll(/`([^`\n]+)`|```[\s\S]*?```/g)].flatMap(([text]) => text.match(/\w+/g) ?? []),
  );
  assert.deepEqual(
    names.filter((each) => !said.has(each.slice(each.indexOf('.') + 1))),
    [],
  );
});

test('has the tables as the docstrings are, each property with what it is and its default', () => {
  assert.ok(page === renderProps(page), 'run node infra/props-reference.ts');
  const tables = page.slice(page.indexOf('<!-- Rendered by'), page.indexOf('<!-- /rendered -->'));
  const rows = tables.split('\n').filter((line) => line.startsWith('| `') && !line.includes('| Type |'));
  assert.ok(rows.length > 70, `${rows.length} rows`);
  assert.deepEqual(
    rows.filter((row) => !/^\| `\w+` \| `.+` \| .*\w.* \| .*\w.* \|$/.test(row)),
    [],
  );
});

test('names every construct that is exported', () => {
  const classes = [...index.matchAll(/^export \{ ([A-Z]\w+) \}/gm)].map(([, name = '']) => name);
  assert.ok(classes.length > 8);
  assert.deepEqual(
    classes.filter((name) => !name.endsWith('Error') && !page.includes(`\`${name}\``)),
    [],
  );
});
