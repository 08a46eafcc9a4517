// Lines of a byte stream, split at line feeds only: node:readline also splits at U+2028, U+2029 and lone carriage returns, of which JSON
// text may hold the first two as they are.

/**
 * The lines of a stream without their ends, LF or CR LF; the last one needs none. Text is taken as UTF-8. A reader that stops closes the
 * stream.
 */
export async function* splitLines(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const part of chunks) {
    const chunk = typeof part === 'string' ? Buffer.from(part) : part;
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      rest.push(chunk.subarray(start, end));
      yield withoutReturn(Buffer.concat(rest));
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  const last = Buffer.concat(rest);
  if (last.length > 0) yield withoutReturn(last);
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line;
}
