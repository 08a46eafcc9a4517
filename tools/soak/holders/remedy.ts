// What to do about held memory, in a sentence or two: first about the holder, by its class, then about pieces that pin more than they
// show. Its own file because it is advice, to be kept in step with docs/guides/soak.md.
import type { HeldKind } from '../../heap/held-value.ts';
import type { Holder } from './holder.ts';

/** What a kind is called in a report, and how to keep less of it than a piece pins; no advice where a piece is what it shows. */
export const pieces: Readonly<Record<HeldKind, { readonly name: string; readonly advice?: string }>> = {
  'array-buffer slice': {
    name: 'array-buffer slices',
    advice:
      'a view keeps the whole buffer that it is cut from: keep a parsed value, record.keep() or Buffer.copyBytesFrom(view) instead',
  },
  'pool slab': {
    name: 'slices of pool slabs',
    advice:
      'a small Buffer.from copy, or a small output of zlib, is cut from a 64 KB slab and keeps the whole slab: copy with Buffer.allocUnsafeSlow(n).set(...), or keep record.keep() instead',
  },
  'array buffer': { name: 'array buffers' },
  'sliced string': {
    name: 'slices of strings',
    advice:
      'a substring or a regular-expression group of 13 characters or more keeps the whole text: take it from the parsed value, or copy it with Buffer.from(slice).toString()',
  },
  'external string': {
    name: 'external strings',
    advice:
      'large strings are stored outside the heap, where heap limits do not count them: parse them inside the function, and keep only the values that you need',
  },
  string: { name: 'strings' },
  event: {
    name: 'event records',
    advice:
      "the event's own records, base64 text and all, outlive their invocation: keep a parsed value or record.keep() instead of the record",
  },
  function: { name: 'functions and what they captured' },
  object: { name: 'objects' },
};

type Held = Pick<Holder, 'className' | 'expression' | 'kind' | 'path'>;

const releases: readonly { readonly advice: string; readonly fits: (holder: Held) => boolean }[] = [
  {
    advice:
      'listeners are added and never removed: remove each with off() or an AbortSignal when its work is done, or add it once for all invocations',
    fits: ({ expression, path }) => /\._events\b|\[Symbol\(kEvents\)\]/.test(expression + path),
  },
  {
    advice: 'timers are set and never end: clear each when its work is done',
    fits: ({ className, path }) =>
      /^(?:Timeout|Immediate|TimersList)$/.test(className) || path.includes('_onTimeout'),
  },
  {
    advice: 'functions wait for a promise that never settles: settle it, or give it a timeout',
    fits: ({ className, path }) => className === 'Promise' || path.includes(' → its variables'),
  },
  {
    advice: 'a value stays as long as its key: release the key, or delete its entry',
    fits: ({ expression, className }) =>
      className === 'WeakMap' || expression.endsWith('its value in a WeakMap'),
  },
  {
    advice: 'entries are added and never deleted: delete each when its work is done, or limit their number',
    fits: ({ className }) => /^(?:Map|Set)$/.test(className),
  },
  {
    advice: 'elements are added and never removed: empty it when its work is done, or limit its length',
    fits: ({ className }) => /^(?:Array|array)$/.test(className),
  },
  {
    advice: 'closures are added and never removed: remove each when its work is done',
    fits: ({ kind }) => kind === 'function',
  },
];

/** Says how a holder lets go, by its class, and how its pieces pin less. */
export function toRemedy(holder: Held): string {
  const release =
    releases.find(({ fits }) => fits(holder))?.advice ??
    'objects are added and never removed: remove each when its work is done, or limit their number';
  const { advice } = pieces[holder.kind];
  return advice === undefined ? release : `${release}; ${advice}`;
}
