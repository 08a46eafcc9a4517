// V8's collector, on request. A file of its own because a runtime may or may not expose it, and nobody but this one
// place should know how it is reached.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collections that run when they are asked for and are over when the call returns. */
export interface Collector {
  /** Collects young objects; 0.2..2 ms. */
  minor(): void;
  /** Collects everything; about 0.7 ms per MB that is alive. */
  major(): void;
}

type Gc = (options: { readonly type: 'minor' | 'major' }) => void;

let found: Collector | undefined;

/**
 * The collector of this process: Node's own `gc` where it runs with `--expose-gc`, as Lambda's Node does, else V8's,
 * which another context is made to expose once (2 ms). Undefined where V8 exposes it in neither way.
 */
export function findCollector(): Collector | undefined {
  if (found) return found;
  const gc = exposed(globalThis) ?? exposedLate();
  if (gc) found = { minor: () => gc({ type: 'minor' }), major: () => gc({ type: 'major' }) };
  return found;
}

function exposed(scope: object): Gc | undefined {
  const gc: unknown = Reflect.get(scope, 'gc');
  return typeof gc === 'function' ? (gc as Gc) : undefined;
}

function exposedLate(): Gc | undefined {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  return typeof gc === 'function' ? (gc as Gc) : undefined;
}
