// Unpacks a zip file as Lambda unpacks a deployment package, modes included. Its own reader, of what such packages are made
// of alone: Node has the decompression, and libraries that are synchronous lose the modes.
// Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.16
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';

/** A file is no zip file that can be unpacked here. */
export class ZipError extends Error {
  override readonly name = 'ZipError';
  readonly code = 'BAD_ZIP';
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly bytes: number;
  readonly packedBytes: number;
  /** Where its local header begins. */
  readonly offset: number;
  /** Unix type and permissions; 0 where the packer has said none. */
  readonly mode: number;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const endBytes = 22;
const maxCommentBytes = 65_535;
/** "250 MB: the maximum size of the contents of a deployment package, including layers, unzipped" (Lambda guide, quotas). */
const maxUnpackedBytes = 250 * 1024 * 1024;

/** Unpacks `file` into the existing folder `folder`. @throws {ZipError} `BAD_ZIP` naming what is wrong with it. */
export function unzip(file: string, folder: string): void {
  const zip = readFileSync(file);
  const refuse = (what: string): never => {
    throw new ZipError(`${file} cannot be unpacked, got ${what}, expected a zip file as Lambda takes it`);
  };
  try {
    const entries = readEntries(zip, refuse);
    const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total > maxUnpackedBytes) refuse(`${total} bytes unpacked, over Lambda's ${maxUnpackedBytes}`);
    for (const entry of entries) writeEntry(entry, folder, { zip, refuse });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    // Offsets that lead out of the file, and data that is no DEFLATE.
    if (error instanceof RangeError || code.startsWith('Z_')) refuse('damaged data');
    if (nameErrors.has(code)) refuse('names that no folder can have side by side');
    throw error;
  }
}

// What a system says to a file that is a folder already, and to names too long.
const nameErrors: ReadonlySet<string> = new Set(['EEXIST', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOTDIR']);

type Refuse = (what: string) => never;

function readEntries(zip: Buffer, refuse: Refuse): readonly Entry[] {
  let end = zip.length - endBytes;
  const least = Math.max(0, end - maxCommentBytes);
  while (end >= least && zip.readUInt32LE(end) !== endSignature) end--;
  if (end < least) return refuse('no directory at its end');
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffff_ffff) return refuse('ZIP64');
  const entries: Entry[] = [];
  for (let index = 0; index < count; index++) {
    if (zip.readUInt32LE(at) !== entrySignature) return refuse('a damaged directory');
    const nameBytes = zip.readUInt16LE(at + 28);
    entries.push({
      name: zip.toString('utf8', at + 46, at + 46 + nameBytes),
      method: zip.readUInt16LE(at + 10),
      crc: zip.readUInt32LE(at + 16),
      packedBytes: zip.readUInt32LE(at + 20),
      bytes: zip.readUInt32LE(at + 24),
      mode: zip.readUInt32LE(at + 38) >>> 16,
      offset: zip.readUInt32LE(at + 42),
    });
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

const typeMask = 0o170_000;
const linkType = 0o120_000;

function writeEntry(
  entry: Entry,
  folder: string,
  { zip, refuse }: { readonly zip: Buffer; readonly refuse: Refuse },
): void {
  const { name, mode } = entry;
  const parts = name.split(/[/\\]/);
  if (name === '' || name.includes('\0')) refuse(`a name that no file can have, ${JSON.stringify(name)}`);
  if (name.startsWith('/') || parts.includes('..')) refuse(`a file outside of it, ${JSON.stringify(name)}`);
  const path = join(folder, ...parts);
  if (name.endsWith('/')) return void mkdirSync(path, { recursive: true });
  mkdirSync(dirname(path), { recursive: true });
  const content = readContent(entry, zip, refuse);
  if ((mode & typeMask) === linkType) {
    const target = content.toString();
    // Through a link, a later file could be written anywhere.
    if (target.startsWith('/') || join(dirname(name), target).startsWith('..'))
      refuse(`a link out of it, ${JSON.stringify(name)}`);
    return symlinkSync(target, path);
  }
  writeFileSync(path, content);
  if ((mode & 0o777) !== 0) chmodSync(path, mode & 0o777);
}

function readContent(
  { name, method, crc, bytes, packedBytes, offset }: Entry,
  zip: Buffer,
  refuse: Refuse,
): Buffer {
  if (zip.readUInt32LE(offset) !== localSignature) return refuse('a damaged file header');
  const start = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
  const packed = zip.subarray(start, start + packedBytes);
  if (method !== 0 && method !== 8) return refuse(`compression method ${method} of ${JSON.stringify(name)}`);
  const content = method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(1, bytes) });
  if (content.length !== bytes || crc32(content) !== crc)
    return refuse(`damaged data of ${JSON.stringify(name)}`);
  return content;
}
