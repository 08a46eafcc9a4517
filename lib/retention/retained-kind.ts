// What kind of thing a consumer keeps, and of which topic: weak references to a sample of what its function was given.
// Taken only after growth has been found, because a reference costs as much as a small record does.

/** Of what was followed of a topic, how much is still alive. */
export interface HeldShare {
  readonly topic: string;
  /** Share of the followed values with an object of theirs alive, 0..1; undefined when none was an object. */
  readonly objects: number | undefined;
  /** The same of values that are bytes; an array buffer counts as alive when any view of it is. */
  readonly arrayBuffers: number | undefined;
}

/** A sample of what user code was given. */
export interface TokenSample {
  /** Follows `value` while the sample has room. Strings have no references; that they were given is noted all the same. */
  follow(topic: string, value: unknown): void;
  /** Ends an invocation; what was followed in it is expected to die from now on. */
  nextInvocation(): void;
  /**
   * What is alive of the invocations before the last two, then starts a new sample. Call it right after a full collection,
   * which is when weak references die. Undefined while too little has been followed.
   */
  count(): readonly HeldShare[] | undefined;
}

interface Token {
  readonly topic: string;
  readonly kind: 'objects' | 'arrayBuffers' | 'none';
  readonly invocation: number;
  readonly refs: readonly WeakRef<object>[];
}

const maxTokens = 512;
const perInvocation = 16;
// Kept parts of a value count, too: an order's items may be held by a cache that lets the order go.
const maxParts = 8;
const minTokens = 16;

/** Starts an empty sample. */
export function createTokenSample(): TokenSample {
  let tokens: Token[] = [];
  let invocation = 0;
  let seen = 0;
  // Nobody holds this one. Weak references die between turns of the event loop only: where there is none between
  // invocations, as in a test that calls a handler in a loop, all of them look alive, and so does this.
  let control = new WeakRef({});

  return {
    follow(topic, value) {
      if (value === null || value === undefined) return;
      seen++;
      const taken = tokens.length - firstOf(tokens, invocation);
      // Not the first ones only: what is kept may be at the end of a batch.
      if (tokens.length >= maxTokens || taken >= perInvocation || (taken > 4 && seen % taken !== 0)) return;
      tokens.push({ topic, invocation, ...toRefs(value) });
    },
    nextInvocation() {
      invocation++;
      seen = 0;
    },
    count() {
      const settled = tokens.slice(0, firstOf(tokens, invocation - 1));
      if (settled.length < minTokens || control.deref() !== undefined) return undefined;
      tokens = [];
      control = new WeakRef({});
      const topics = [...new Set(settled.map((token) => token.topic))];
      return topics.map((topic) => {
        const ofTopic = settled.filter((token) => token.topic === topic);
        return {
          topic,
          objects: aliveShare(ofTopic.filter((token) => token.kind === 'objects')),
          arrayBuffers: aliveShare(ofTopic.filter((token) => token.kind === 'arrayBuffers')),
        };
      });
    },
  };
}

/** Index of the first token of `invocation` or a later one. */
function firstOf(tokens: readonly Token[], invocation: number): number {
  const first = tokens.findIndex((token) => token.invocation >= invocation);
  return first === -1 ? tokens.length : first;
}

function toRefs(value: unknown): Pick<Token, 'kind' | 'refs'> {
  if (!isObject(value)) return { kind: 'none', refs: [] };
  // A view's own reference would die although a slice of the same memory is kept.
  if (ArrayBuffer.isView(value)) return { kind: 'arrayBuffers', refs: [new WeakRef(value.buffer)] };
  const parts: unknown[] = Object.values(value).slice(0, maxParts);
  const objects = parts.filter(isObject);
  return { kind: 'objects', refs: [value, ...objects].map((object) => new WeakRef(object)) };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function aliveShare(tokens: readonly Token[]): number | undefined {
  if (tokens.length === 0) return undefined;
  const alive = tokens.filter((token) => token.refs.some((ref) => ref.deref() !== undefined));
  return alive.length / tokens.length;
}
