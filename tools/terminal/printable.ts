// What an app calls its functions, topics and errors is somebody else's text. Printed as it is, it could move the cursor, retitle the
// window, hide lines or turn their direction: what a terminal would obey is shown instead, but for our own colours.

// Colours and weights as `style.ts` makes them; control characters but tab and newline; marks that turn text round (Unicode Standard
// Annex 9).
const obeyed = /\p{Cc}\[(?:[012]|22|3\d|9[0-7])m|\r\n|[^\P{Cc}\t\n]|\p{Bidi_Control}/gu;

/** The text with what a terminal would obey written out as `\u001b`; a carriage return begins a new line. */
export function toPrintable(text: string): string {
  return text.replaceAll(obeyed, (found) => {
    if (found.startsWith('\u001B[')) return found;
    if (found.startsWith('\r')) return '\n';
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}${found.slice(1)}`;
  });
}
