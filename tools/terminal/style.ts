// Colour for a terminal, nothing for a pipe: node's own styleText looks at the stream, NO_COLOR and FORCE_COLOR.

import { styleText } from 'node:util';

/** Ways to mark text on one stream. */
export interface Style {
  strong(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

/** Styles for `stream`; plain when it is no terminal or when `NO_COLOR` is set. */
export function createStyle(stream: NodeJS.WriteStream): Style {
  const mark = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    styleText(format, text, { stream });
  return {
    strong: mark('bold'),
    dim: mark('dim'),
    good: mark('green'),
    bad: mark('red'),
    warn: mark('yellow'),
  };
}
