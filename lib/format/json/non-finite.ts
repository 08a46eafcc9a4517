// `NaN`, `Infinity` and `-Infinity` in what is otherwise JSON, as Python's writer makes them. Own file: it finds the ends of strings.

const notFinite = /NaN|Infinity/;

/** The text with `null` in place of numbers that are none; the very text where there are none. */
export function withoutNonFinite(text: string): string {
  if (!notFinite.test(text)) return text;
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    const start = text.indexOf('"', at);
    const end = start === -1 ? text.length : start;
    parts.push(text.slice(at, end).replace(/-?\b(?:NaN|Infinity)\b/g, 'null'));
    at = start === -1 ? text.length : endOfString(text, start);
    parts.push(text.slice(end, at));
  }
  const finite = parts.join('');
  return finite === text ? text : finite;
}

/** The position after the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
  return text.length;
}
