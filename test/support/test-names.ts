// Which tests a file has, by its text: for tests that hold other tests to be there.

import { readFileSync } from 'node:fs';

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const onOneLine = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/([[{(]) /g, '$1')
    .replaceAll(/,? ?([\])}])/g, '$1');

/** Names of the tests of a file as they are written: between backquotes with what is put into them. */
function readTestNames(file: string): readonly string[] {
  const calls = read(file).matchAll(
    /^ *(?:await )?(?:t\.)?test\(\s*(?:'((?:[^'\\\n]|\\.)+)'|"((?:[^"\\\n]|\\.)+)"|`([^`]+)`),/gm,
  );
  return [...calls].map(([, single, double, template]) =>
    (single ?? double ?? template ?? '').replaceAll('\\', ''),
  );
}

/** Whether a file of `test/` has a test of that name, or one that gets it from its table; undefined: neither. */
export function findTest(file: string, name: string): 'its own' | 'of a table' | undefined {
  const names = readTestNames(file);
  if (names.includes(name)) return 'its own';
  const isMade = names.some((each) => {
    const parts = each.split(/\$\{[^}]*\}/);
    return (
      parts.length > 1 &&
      new RegExp(`^${parts.map((part) => part.replaceAll(/[^\w ,]/g, '\\$&')).join('.+')}$`).test(name)
    );
  });
  return isMade ? 'of a table' : undefined;
}

/** Whether a file of `test/` has the text, wherever its lines break. */
export function hasText(file: string, text: string): boolean {
  return onOneLine(read(file)).includes(onOneLine(text));
}
