// UTF-8 text, refused when it is not: a lossy decoding would replace bytes in silence.

import { isAscii, isUtf8 } from 'node:buffer';
import { FormatError } from './format-error.ts';
import { markOurs, type Format } from './format.ts';
import { explain } from './hint.ts';

/** UTF-8 text; zero bytes are the empty string. */
export function text(): Format<string> {
  return markOurs({
    name: 'text',
    shape: { kind: 'text' },
    decode(bytes, { part, memory }) {
      if (!isUtf8(bytes)) {
        const { looks, remedy } = explain(bytes, 'text', 'use bytes() for binary data');
        throw new FormatError(
          'INVALID_TEXT',
          `${part} is not UTF-8, got ${bytes.length} bytes that do not decode${looks}, expected text; ${remedy}`,
        );
      }
      memory.charge(isAscii(bytes) ? bytes.length : 2 * bytes.length);
      return bytes.toString('utf8');
    },
  });
}
