// Lines of text for a terminal's width: broken between words, what follows indented. A terminal by itself breaks inside them.
import { stripVTControlCharacters } from 'node:util';

/** Breaks a line, which may be styled, into lines of at most `columns`; a longer word stays as it is. */
export function wrap(line: string, columns: number): readonly string[] {
  if (widthOf(line) <= columns) return [line];
  const indent = `${/^ */.exec(stripVTControlCharacters(line))?.[0] ?? ''}  `;
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/(?<=\S) (?=\S)/)) {
    if (current === '') current = word;
    else if (widthOf(current) + 1 + widthOf(word) <= columns) current += ` ${word}`;
    else {
      lines.push(current);
      current = indent + word;
    }
  }
  return [...lines, current];
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
