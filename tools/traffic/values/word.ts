// Words that a person can read, in place of any text.

import fc, { type Arbitrary } from 'fast-check';

/** One small letter. */
export const letter: Arbitrary<string> = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'.split(''));

/** Three to ten small letters. */
export const word: Arbitrary<string> = fc.string({ unit: letter, minLength: 3, maxLength: 10 });
