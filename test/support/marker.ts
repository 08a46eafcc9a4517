// A word that is planted in records, and all the forms in which a log may show its bytes.

/** Nothing else in a test has it, in no form. */
export const marker = 'PLANTED-MARKER-0123456789';

/** The forms of `marker` of which a text holds at least one; empty when it holds none. */
export function formsIn(text: string): readonly string[] {
  const folded = text.toLowerCase();
  return forms.filter((form) => folded.includes(form));
}

const bytes = Buffer.from(marker);
const forms: readonly string[] = [
  ...parts(marker, 8),
  ...parts(JSON.stringify([...marker]).slice(1, -1), 24),
  ...parts(bytes.toString('hex'), 10),
  ...[...bytes].flatMap((_, at) => toNumbers(at)),
  bytes.join(','),
  bytes.join('.'),
  ...base64Forms(),
].map((form) => form.toLowerCase());

/** Every part of this length: what is cut short is found, too. */
function parts(text: string, length: number): string[] {
  return Array.from({ length: text.length - length + 1 }, (_, at) => text.slice(at, at + length));
}

/** The numbers that four or eight bytes are, as a schema's id or a 64-bit integer would be read. */
function toNumbers(at: number): string[] {
  if (at + 8 > bytes.length) return [];
  return [
    bytes.readUInt32BE(at),
    bytes.readUInt32LE(at),
    bytes.readBigUInt64BE(at),
    bytes.readBigUInt64LE(at),
  ].map(String);
}

/** Base64 of the marker behind 0, 1 or 2 other bytes; characters at either end share bits with what stands beside it. */
function base64Forms(): string[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return parts(
      text.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6)),
      12,
    );
  });
}
