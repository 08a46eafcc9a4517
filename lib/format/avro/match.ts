// Which of two types could be each other, by their kinds and names alone. Own file: unions ask it of every branch, before anything
// inside of one is looked at.

import type { AvroNode } from './schema.ts';

/** What a reader's type may have been written as, beside itself. */
const promotions: Readonly<Partial<Record<AvroNode['kind'], readonly AvroNode['kind'][]>>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  string: ['bytes'],
  bytes: ['string'],
};

/** Whether `reader` could read what `writer` writes, as far as kinds and names tell. */
export function couldRead(writer: AvroNode, reader: AvroNode): boolean {
  if (writer.kind !== reader.kind) return promotions[reader.kind]?.includes(writer.kind) === true;
  return 'name' in writer && 'name' in reader ? isSameName(writer, reader) : true;
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
