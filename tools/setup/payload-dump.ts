// Looks for payloads in what a test run has printed: logs, metrics and terminals must hold no byte of a record. The test's
// records carry marks, and a mark that is found, as text, in base64 at any alignment or as a list of bytes, fails the run.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A word that test records have in their values, keys and headers, and nothing else has. */
export const payloadMark = 'PLANTED-MARKER';

/** What every order document of the traffic has, as its generator makes it. */
const trafficMarks: readonly string[] = ['"sku":"SKU-', '"customerId":"customer-'];
const trafficValues = /SKU-[0-9A-Z]{6}|customer-\d{5}/;

/** A mark that was found where no payload may be. */
export interface PayloadFind {
  /** Command line of the process that printed it. */
  readonly command: string;
  /** The line, cut to 200 characters around the mark. */
  readonly excerpt: string;
}

/** Finds of all dumps in a folder, at most one a line. */
export function findPayloads(folder: string): readonly PayloadFind[] {
  const pattern = new RegExp(
    [trafficValues.source, ...[payloadMark, ...trafficMarks].flatMap(toForms).map(escape)].join('|'),
  );
  return readdirSync(folder).flatMap((name) => {
    const [command = '', ...lines] = readFileSync(join(folder, name), 'utf8').split('\n');
    return lines.flatMap((line) => {
      const at = pattern.exec(line)?.index;
      return at === undefined ? [] : [{ command, excerpt: line.slice(Math.max(0, at - 100), at + 100) }];
    });
  });
}

/** The forms that bytes take in JSON: text, base64 after 0, 1 or 2 other bytes, and signed numbers. */
function toForms(mark: string): readonly string[] {
  const bytes = Buffer.from(mark);
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    // Characters at either end share bits with what stands beside the mark.
    return text.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6));
  });
  return [mark, JSON.stringify(mark).slice(1, -1), ...base64, bytes.join(',')];
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}
