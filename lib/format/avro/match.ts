// Which of two types could be each other, by their kinds and names alone. Own file: unions ask it of every branch, before anything
// inside of one is looked at.

import type { AvroNode, UnionNode } from './schema.ts';

/** What a reader's type may have been written as, beside itself. */
const promotions: Readonly<Partial<Record<AvroNode['kind'], readonly AvroNode['kind'][]>>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  string: ['bytes'],
  bytes: ['string'],
};

/** Looks up which branches of a reader's union could read what a writer writes, in their order. */
export function indexBranches({ branches }: UnionNode): (writer: AvroNode) => readonly AvroNode[] {
  const byKey = new Map<string, AvroNode[]>();
  for (const branch of branches) {
    for (const key of keysOf(branch)) {
      const known = byKey.get(key);
      if (known) known.push(branch);
      else byKey.set(key, [branch]);
    }
  }
  return (writer) => byKey.get('name' in writer ? `${writer.kind} ${bare(writer.name)}` : writer.kind) ?? [];
}

/** What a writer's type is called that `reader` could read. */
function keysOf(reader: AvroNode): readonly string[] {
  if ('name' in reader)
    return [...new Set([reader.name, ...reader.aliases].map(bare))].map((name) => `${reader.kind} ${name}`);
  return [reader.kind, ...(promotions[reader.kind] ?? [])];
}

/** Names match without their namespace, or by the reader's aliases. */
export function isSameName(
  writer: { readonly name: string },
  reader: { readonly name: string; readonly aliases: readonly string[] },
): boolean {
  const name = bare(writer.name);
  return name === bare(reader.name) || reader.aliases.some((alias) => bare(alias) === name);
}

function bare(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
