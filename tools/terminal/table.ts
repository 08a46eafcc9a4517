// Tables of text: first column to the left, all others to the right, two spaces between.

/** Lines of a table; `rows` are cells of plain text without colour. */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const toLine = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [toLine(head), ...rows.map(toLine)];
}

/** 12345 as `12,345`. */
export function toCount(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

/** `1 record`, `2 records`. */
export function toAmount(number: number, noun: string): string {
  return `${toCount(number)} ${noun}${number === 1 ? '' : 's'}`;
}
