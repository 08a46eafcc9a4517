// Tables of text: first column to the left, all others to the right, two spaces between; no wider than 80 characters.

const maxWidth = 80;
const leastNameWidth = 8;

/**
 * Lines of a table; `rows` are cells of plain text without colour. Where it would be wider than `columns`, the names in the first
 * column are cut in their middle; a number never is.
 */
export function toTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number = maxWidth,
): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const rest = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  const longest = widths[0] ?? 0;
  const nameWidth = Math.min(longest, Math.max(leastNameWidth, columns - rest));
  const toLine = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 0 ? shorten(cell, nameWidth).padEnd(nameWidth) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [toLine(head), ...rows.map(toLine)];
}

/** `a-very-long-name` as `a-very…-name`: both ends of a name tell it from others. */
function shorten(name: string, width: number): string {
  if (name.length <= width || /^[\d.,]+$/.test(name)) return name;
  const end = Math.floor((width - 1) / 2);
  return `${name.slice(0, width - 1 - end)}…${name.slice(name.length - end)}`;
}

/** 12345 as `12,345`. */
export function toCount(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

/** `1 record`, `2 records`. */
export function toAmount(number: number, noun: string): string {
  return `${toCount(number)} ${noun}${number === 1 ? '' : 's'}`;
}
