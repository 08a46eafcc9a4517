// V8's collector, on request. A file of its own because a runtime may or may not expose it, and nobody but this one
// place should know how it is reached.

/** Collections that run when they are asked for and are over when the call returns. */
export interface Collector {
  /** Collects young objects; 0.2..2 ms. */
  minor(): void;
  /** Collects everything; about 0.7 ms per MB that is alive. What is read afterwards is exact. */
  major(): void;
}

/** A collector that can also give memory back. */
export interface ThoroughCollector extends Collector {
  /**
   * Collects everything and gives pages and buffers back to the system, which `major` leaves for later or for more of
   * their kind: resident memory fell from 122 to 58 MB where `major` left 122. Two to five times as long as that.
   */
  thorough(): void;
}

type Gc = (options: { readonly type: 'minor' | 'major'; readonly flavor?: 'last-resort' }) => void;

let found: ThoroughCollector | undefined;

/**
 * The collector of this process: Node's own `gc` where it runs with `--expose-gc`, as Lambda's Node does, else V8's,
 * which another context is made to expose once (2 ms). Undefined where V8 exposes it in neither way.
 */
export function findCollector(): ThoroughCollector | undefined {
  if (found) return found;
  const gc = exposed(globalThis) ?? exposedLate();
  if (gc === undefined) return undefined;
  found = {
    minor: () => gc({ type: 'minor' }),
    major() {
      gc({ type: 'major' });
      // Array buffers that died count as external memory until the next collection begins: 500 KB of five, measured.
      gc({ type: 'minor' });
    },
    thorough: () => gc({ type: 'major', flavor: 'last-resort' }),
  };
  return found;
}

function exposed(scope: object): Gc | undefined {
  const gc: unknown = Reflect.get(scope, 'gc');
  return typeof gc === 'function' ? (gc as Gc) : undefined;
}

function exposedLate(): Gc | undefined {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  setFlagsFromString('--expose-gc');
  const gc: unknown = process.getBuiltinModule('node:vm').runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  return typeof gc === 'function' ? (gc as Gc) : undefined;
}
