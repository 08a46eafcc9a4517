// What a JSON text becomes, told before it is parsed: 1 MB of `[[[[` is 64 MB of arrays. Three estimates, each closer and slower than
// the one before it; the first that fits what is left decides. Own file: it knows V8's objects, and JSON's grammar hardly.

import type { ValueMemory } from '../bounds/value-memory.ts';

// Bytes that V8 takes (Node 24.21, 2026-11), each with its place in what it lies in.
/** An object without members, which has room for four. */
const emptyObjectBytes = 64;
/** An object and the place of its first member. */
const objectBytes = 40;
const emptyArrayBytes = 40;
/** An array, the store of its items and the place of the first. */
const arrayBytes = 64;
/** Another member or item. */
const placeBytes = 8;
/** A number that is no integer of 32 bits. */
const numberBytes = 16;
/** A string beside its characters. */
const stringBytes = 24;
/** A name that is met for the first time behind those before it: its text, a place in V8's table of names, and a hidden class. */
const newNameBytes = 120;
/** Members whose names are numbers have a store of their own, of up to 36 places for a single one. */
const firstNumericNameBytes = 288;
const numericNameBytes = 96;
/** The most that one character can become: `[` alone. */
const mostPerCharacter = 64;
/** The text itself and the characters of its strings. */
const textsPerCharacter = 2;
/** A text whose worst case is this part of what is left is not looked at: that is 16 KB of 16 MB. */
const uncountedPart = 16;

/** Charges what `text` becomes when it is parsed. @throws FormatError `VALUE_TOO_LARGE`; NoRoomError */
export function chargeJson(text: string, memory: ValueMemory): void {
  const textBytes = text.length * textsPerCharacter;
  const worst = textBytes + text.length * mostPerCharacter;
  if (worst <= memory.leftBytes / uncountedPart) return memory.charge(worst);
  const rough = textBytes + estimateRoughly(text);
  memory.charge(rough <= memory.leftBytes ? rough : textBytes + estimate(text));
}

const [quote, backslash, comma, colon, minus] = [0x22, 0x5c, 0x2c, 0x3a, 0x2d];
const [bracket, endOfArray, brace, endOfObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Where a text is counted two characters at a time, and what each pair may become. */
interface Counter {
  readonly chunk: Buffer;
  readonly pairs: Uint16Array;
  readonly bytesOfPair: Uint16Array;
}

// Made with the first large text. One character at a time would take twice as long as 0.4 ms for 1 MB, a tenth of parsing it.
let counter: Counter | undefined;

function createCounter(): Counter {
  const ofOne = new Uint8Array(256);
  ofOne[brace] = emptyObjectBytes;
  ofOne[bracket] = arrayBytes;
  ofOne[comma] = placeBytes + numberBytes;
  ofOne[colon] = placeBytes + newNameBytes;
  ofOne[quote] = stringBytes / 2;
  const chunk = Buffer.allocUnsafeSlow(16_384);
  return {
    chunk,
    pairs: new Uint16Array(chunk.buffer),
    bytesOfPair: Uint16Array.from({ length: 65_536 }, (_, pair) => ofOne[pair & 255]! + ofOne[pair >>> 8]!),
  };
}

/** From above: takes what is in strings for structure, and each name for a new one. */
function estimateRoughly(text: string): number {
  const { chunk, pairs, bytesOfPair } = (counter ??= createCounter());
  let bytes = 0;
  for (let at = 0; at < text.length; at += chunk.length) {
    // Characters beyond U+00FF lose their upper half, which can only add to the sum.
    const length = chunk.write(text.slice(at, at + chunk.length), 'latin1');
    const even = length & ~1;
    if (even < length) bytes += bytesOfPair[chunk[even]!]!;
    for (let index = 0; index < even / 2; index++) bytes += bytesOfPair[pairs[index]!]!;
  }
  return bytes;
}

// Names, each with those before it, by their hash: the same names in another order are other hidden classes. As many as documents of a
// few kinds have; where two share a place each counts as new each time.
const known = new Int32Array(8192);
const placeShift = 32 - 13;
const hashFactor = 0x9e3779b1;

/** Closely: passes over strings and numbers, and knows the sequences of names it has met. */
function estimate(text: string): number {
  known.fill(0);
  let bytes = 0;
  let isFirstNumericName = true;
  let sequence = 1;
  const outer: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const start = ++at;
      at = endOfString(text, start);
      if (nextCode(text, at + 1) !== colon) {
        if (at - start > 1) bytes += stringBytes;
        continue;
      }
      if (isDigit(text.charCodeAt(start))) {
        bytes += isFirstNumericName ? firstNumericNameBytes : numericNameBytes;
        isFirstNumericName = false;
        continue;
      }
      sequence++; // parts one name from the next
      for (let inner = start; inner < at; inner++)
        sequence = Math.imul(sequence ^ text.charCodeAt(inner), hashFactor);
      const place = sequence >>> placeShift;
      if (known[place] !== sequence) bytes += newNameBytes;
      known[place] = sequence;
    } else if (code === comma) {
      bytes += placeBytes;
    } else if (code === brace) {
      bytes += nextCode(text, at + 1) === endOfObject ? emptyObjectBytes : objectBytes;
      isFirstNumericName = true;
      outer.push(sequence);
      sequence = 1;
    } else if (code === endOfObject) {
      sequence = outer.pop() ?? 1;
    } else if (code === bracket) {
      bytes += nextCode(text, at + 1) === endOfArray ? emptyArrayBytes : arrayBytes;
    } else if (isDigit(code) || code === minus) {
      const start = at;
      let isInteger = true;
      for (let next = text.charCodeAt(at + 1); isInNumber(next); next = text.charCodeAt(++at + 1))
        isInteger &&= isDigit(next);
      if (!isInteger || at - start >= 9) bytes += numberBytes;
    }
  }
  return bytes;
}

/** The place of the quote that ends a string, or the end of the text. `indexOf` reads sixteen characters at once. */
function endOfString(text: string, start: number): number {
  const end = text.indexOf('"', start);
  if (end < 0) return text.length;
  if (text.charCodeAt(end - 1) !== backslash) return end;
  let at = start;
  for (let code = text.charCodeAt(at); code !== quote && at < text.length; code = text.charCodeAt(++at))
    if (code === backslash) at++;
  return Math.min(at, text.length);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The next character that is no white space. */
function nextCode(text: string, from: number): number {
  let at = from;
  let code = text.charCodeAt(at);
  while (code === 0x20 || (code >= 0x09 && code <= 0x0d)) code = text.charCodeAt(++at);
  return code;
}

/** Digits, `.`, `e`, `E` and signs. */
function isInNumber(code: number): boolean {
  return isDigit(code) || code === 0x2e || code === 0x2b || code === minus || (code | 0x20) === 0x65;
}
