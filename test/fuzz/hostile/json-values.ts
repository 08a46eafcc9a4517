// JSON that becomes much for its length: parts of its grammar, each repeated and put into each other.

import type { Random } from './random.ts';

const parts = [
  '[],',
  '{},',
  '[1],',
  '[[1]],',
  '{"a":1},',
  '{"a":{"b":{}}},',
  '{"35":1},',
  '{"a":1,"34":2},',
  '1,',
  '1.5,',
  '4294967296,',
  '9007199254740993,',
  '"",',
  '"ab",',
  '"\\u0041\\n",',
  '"日本",',
  'null,',
  'true,',
  'NaN,',
  '{"__proto__":{"a":1}},',
  '{"constructor":1,"toString":2},',
];

/** A text of at most about `most` bytes; some do not parse. */
export function hostileJson(random: Random, most: number): Buffer {
  const size = random.size(most);
  const text = random.pick([repeated, nested, named, mixed])(random, size);
  const cut = random.below(12) === 0 ? random.below(text.length) : text.length;
  return Buffer.from(text.slice(0, cut));
}

function repeated(random: Random, size: number): string {
  const part = random.pick(parts);
  return `[${part.repeat(Math.ceil(size / part.length)).slice(0, -1)}]`;
}

function nested(random: Random, size: number): string {
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"b":[', ']}]'],
    ['[1,', ']'],
  ] as const);
  const levels = Math.ceil(size / (open.length + close.length));
  return `${open.repeat(levels)}0${random.below(4) === 0 ? '' : close.repeat(levels)}`;
}

/** Names that come once each, in one object or in one object each. */
function named(random: Random, size: number): string {
  const isOne = random.below(2) === 0;
  const step = 1 + random.below(40);
  const prefix = random.pick(['', 'k', 'ключ', '\\u0061']);
  const members: string[] = [];
  for (let index = 0, length = 0; length < size; index++) {
    const member = `"${prefix}${index * step}":${random.below(3)}`;
    members.push(isOne ? member : `{${member}}`);
    length += member.length + 3;
  }
  return isOne ? `{${members.join(',')}}` : `[${members.join(',')}]`;
}

function mixed(random: Random, size: number): string {
  let text = '';
  while (text.length < size) text += random.pick(parts).repeat(1 + random.below(50));
  return `[${text.slice(0, -1)}]`;
}
