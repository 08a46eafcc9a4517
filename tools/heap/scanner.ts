// Finds the lists in a heap snapshot's JSON while it comes in parts. Its own file because it is a scanner, not a parser:
// JSON.parse would need the whole text at once and make an object of every number.

/** What takes the numbers of one list, or the texts of the list of strings. */
export interface Sink {
  readonly number: (value: number) => void;
  readonly text?: (value: string) => void;
}

/** Names the sink of a list; `before` is the text since the last one, which of the first list is the header. */
export type ChooseSink = (key: string, before: string) => Sink;

const [quote, backslash, closing, zero, nine] = [0x22, 0x5c, 0x5d, 0x30, 0x39];

/** Makes a function that takes the parts, in order. */
export function createScanner(choose: ChooseSink): (part: string) => void {
  let before = '';
  let sink: Sink | undefined;
  let number = -1;
  let text: string | undefined;
  let carried = '';

  // From the opening quote on, or from the start of a part that goes on with a text; gives where the text has ended.
  const scanText = (part: string, from: number): number => {
    let at = from;
    while (at < part.length && part.charCodeAt(at) !== quote) at += part.charCodeAt(at) === backslash ? 2 : 1;
    if (at >= part.length) {
      text += part.slice(from);
      return at;
    }
    sink?.text?.(JSON.parse(`"${text}${part.slice(from, at)}"`) as string);
    text = undefined;
    return at + 1;
  };
  const scanList = (part: string, from: number): number => {
    let at = from;
    for (; at < part.length && sink !== undefined; at++) {
      const code = part.charCodeAt(at);
      if (code >= zero && code <= nine) {
        number = (number < 0 ? 0 : number * 10) + code - zero;
        continue;
      }
      if (number >= 0) sink.number(number);
      number = -1;
      if (code === closing) sink = undefined;
      else if (code === quote) {
        text = '';
        at = scanText(part, at + 1) - 1;
      }
    }
    return at;
  };
  const scanKey = (part: string, from: number): number => {
    // A key may be cut in two by the end of a part; what was read of it before counts.
    const seen = before.length;
    before += part.slice(from);
    const match = /"(nodes|edges|trace_function_infos|trace_tree|samples|locations|strings)":\s*\[/.exec(
      before,
    );
    if (match === null) return part.length;
    const after = match.index + match[0].length;
    sink = choose(match[1] ?? '', before.slice(0, match.index));
    before = '';
    return from + after - seen;
  };

  return (part) => {
    let rest = part;
    // A backslash at the end of a part escapes the first character of the next.
    if (carried !== '') [rest, carried] = [carried + rest, ''];
    if (/(?:^|[^\\])(?:\\\\)*\\$/.test(rest.slice(-64))) [rest, carried] = [rest.slice(0, -1), '\\'];
    let at = 0;
    if (text !== undefined) at = scanText(rest, 0);
    while (at < rest.length) at = sink === undefined ? scanKey(rest, at) : scanList(rest, at);
  };
}
