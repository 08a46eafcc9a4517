// One sentence of remedy for each kind of held memory. Its own file because it is advice, to be kept in step with docs/guides/soak.md.
import type { HeldKind } from '../heap/held-value.ts';

/** What a kind is called in a report, and what to do about it. */
export const remedies: Readonly<Record<HeldKind, { readonly name: string; readonly remedy: string }>> = {
  'array-buffer slice': {
    name: 'array-buffer slices',
    remedy:
      'a view keeps the whole buffer that it is cut from: keep a parsed value, record.keep() or Buffer.copyBytesFrom(view) instead, and let go of it when its work is done',
  },
  'pool slab': {
    name: 'slices of pool slabs',
    remedy:
      'a small copy by Buffer.from, or a small output of zlib, is cut from a 64 KB slab that it keeps: copy with Buffer.allocUnsafeSlow(n).set(...), or hold record.keep() instead',
  },
  'array buffer': {
    name: 'array buffers',
    remedy: 'whole buffers stay referenced: remove them when their work is done, or bound what may hold them',
  },
  'sliced string': {
    name: 'slices of strings',
    remedy:
      'a slice or a matched group of 13 characters and more is a window on the whole text: take it from the parsed value, or copy it with Buffer.from(slice).toString()',
  },
  'external string': {
    name: 'external strings',
    remedy:
      'large texts are kept outside the heap, where heap limits do not see them: parse them inside the function and keep the values that are needed',
  },
  string: { name: 'strings', remedy: 'texts stay referenced: bound what holds them, or keep a digest' },
  event: {
    name: 'event records',
    remedy:
      "the event's own records, base64 text and all, outlive their invocation: keep a parsed value or record.keep() instead of the record",
  },
  function: {
    name: 'functions and what they captured',
    remedy:
      'closures are added and never removed: clear the timer, remove the listener or settle the promise that holds them',
  },
  object: {
    name: 'objects',
    remedy: 'entries are added and never removed: remove them when their work is done, or bound the number',
  },
};
