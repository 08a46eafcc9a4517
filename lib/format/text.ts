// UTF-8 text, refused when it is not: a lossy decoding would replace bytes in silence.

import { isUtf8 } from 'node:buffer';
import { FormatError } from './format-error.ts';
import { markOurs, type Format } from './format.ts';

/** UTF-8 text; zero bytes are the empty string. */
export function text(): Format<string> {
  return markOurs({
    name: 'text',
    shape: { kind: 'text' },
    decode(bytes, { part }) {
      if (isUtf8(bytes)) return bytes.toString('utf8');
      throw new FormatError(
        'INVALID_TEXT',
        `${part} is not UTF-8, got ${bytes.length} bytes that do not decode, expected text; use bytes() for binary data`,
      );
    },
  });
}
