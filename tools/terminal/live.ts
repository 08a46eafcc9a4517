// One region at the foot of a terminal that is drawn over and over, with lines passing above it. A pipe gets the lines
// and, every few seconds, the region as plain lines.

import { toPrintable } from './printable.ts';

/** A region under way. */
export interface Live {
  /** Prints a line above the region. */
  line(text: string): void;
  /** Takes the region away (terminal) or prints it a last time (pipe); a second call does nothing. */
  close(): void;
}

const terminalPeriodMs = 200;
const pipePeriodMs = 2000;

/** Starts drawing what `render` gives; lines are cut at the terminal's width. */
export function createLive(stream: NodeJS.WriteStream, render: () => readonly string[]): Live {
  const printable = (): readonly string[] => render().map(toPrintable);
  const live = stream.isTTY ? createTerminalRegion(stream, printable) : createPlainRegion(stream, printable);
  return { ...live, line: (text) => live.line(toPrintable(text)) };
}

function createTerminalRegion(stream: NodeJS.WriteStream, render: () => readonly string[]): Live {
  let drawn = 0;
  let isOpen = true;
  // What a person types is echoed behind the region: back to the first column.
  const erase = (): string => (drawn > 0 ? `\r\u001B[${drawn}A\u001B[0J` : '');
  const draw = (above: string): void => {
    // A terminal that nobody has told its size says 0.
    const columns = stream.columns > 0 ? stream.columns : 80;
    const lines = render().map((line) => line.slice(0, Math.max(1, columns - 1)));
    stream.write(erase() + above + lines.map((line) => `${line}\n`).join(''));
    drawn = lines.length;
  };
  const timer = setInterval(() => draw(''), terminalPeriodMs);
  draw('');
  return {
    line: (text) => (isOpen ? draw(`${text}\n`) : void stream.write(`${text}\n`)),
    close() {
      if (!isOpen) return;
      isOpen = false;
      clearInterval(timer);
      stream.write(erase());
    },
  };
}

function createPlainRegion(stream: NodeJS.WriteStream, render: () => readonly string[]): Live {
  let isOpen = true;
  let last = '';
  const print = (): void => {
    const text = render()
      .map((line) => `${line}\n`)
      .join('');
    if (text !== last) stream.write(text);
    last = text;
  };
  const timer = setInterval(print, pipePeriodMs);
  return {
    line: (text) => void stream.write(`${text}\n`),
    close() {
      if (!isOpen) return;
      isOpen = false;
      clearInterval(timer);
      print();
    },
  };
}
