// JSON that becomes much for its length, and some that does not. Own file: the test and its child process take it.

/** An object of these names, in the order that `seed` gives. */
function toObject(names: string, seed: number): string {
  const left = [...names];
  const taken: string[] = [];
  for (let state = seed + 1; left.length > 0;) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    taken.push(...left.splice((state >>> 8) % left.length, 1));
  }
  return `{${taken.map((name) => `"${name}":1`).join()}}`;
}

/** Texts of about `length` characters, by what they are made of. */
export function hostileTexts(length: number): Readonly<Record<string, string>> {
  const repeat = (part: string): string => `[${part.repeat(Math.floor(length / part.length)).slice(0, -1)}]`;
  const join = (make: (index: number) => string, open = '[', close = ']'): string => {
    const parts: string[] = [];
    for (let index = 0, size = 0; size < length; index++) {
      parts.push(make(index));
      size += parts.at(-1)!.length + 1;
    }
    return open + parts.join(',') + close;
  };
  return {
    'nested lists': '['.repeat(length / 2) + ']'.repeat(length / 2),
    'nested objects': `${'{"a":'.repeat(length / 6)}1${'}'.repeat(length / 6)}`,
    'empty objects': repeat('{},'),
    'empty lists': repeat('[],'),
    'lists of one': repeat('[1],'),
    integers: repeat('1,'),
    'large integers': repeat('4294967296,'),
    fractions: repeat('1.5,'),
    'fractions among strings': repeat('1.5,"",'),
    'objects of one': repeat('{"a":1},'),
    'objects of fractions': repeat('{"a":1.5},'),
    'names met once': join((index) => `{"k${index.toString(36)}":1}`),
    'four names met once': join((index) => `{"a${index}":1,"b${index}":1,"c${index}":1,"d${index}":1}`),
    'names in another order each time': join((index) => toObject('abcdefghijkl', index)),
    'an object of many names': join((index) => `"k${index.toString(36)}":1`, '{', '}'),
    'a numeric name': repeat('{"35":1},'),
    'numeric names': repeat('{"30":1,"99":2},'),
    'an object of numeric names': join((index) => `"${index * 7}":1`, '{', '}'),
    strings: repeat('"ab",'),
    'strings met once': join((index) => `"${index.toString(36)}x"`),
    'a long string': JSON.stringify('x'.repeat(length)),
    'strings beyond Latin-1': repeat('"日本",'),
    coordinates: repeat('[13.4050,52.5200],'),
    documents: join((index) =>
      JSON.stringify({ id: index, name: `customer ${index}`, amount: index * 1.37, tags: ['a', `${index}`] }),
    ),
  };
}
