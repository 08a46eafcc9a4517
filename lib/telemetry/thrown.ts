// What a user's code threw, read without harm. Anything can be thrown: null, a symbol, a frozen object, a proxy or an error whose
// getters throw; none of them may break the settling of its record.

/**
 * What an error says is to become of its record: `dead-letter` or `skip`. By a registered symbol, so that errors of another copy of
 * the library are understood, and a record's fields that are assigned to an error are not.
 */
export const disposition: unique symbol = Symbol.for('tailrace.disposition');

/** A property of `thrown`; undefined where there is none or reading it throws. */
export function readProperty(thrown: unknown, name: PropertyKey): unknown {
  if (!isObject(thrown)) return undefined;
  try {
    return Reflect.get(thrown, name) as unknown;
  } catch {
    // A getter or a proxy of the user's; what it threw says nothing about the record.
    return undefined;
  }
}

/** A property of `thrown` that is text; undefined otherwise. */
export function readText(thrown: unknown, name: PropertyKey): string | undefined {
  const value = readProperty(thrown, name);
  return typeof value === 'string' ? value : undefined;
}

/** Whether `thrown` is an error of this realm, or of a class that extends one. */
export function isError(thrown: unknown): thrown is Error {
  return isInstanceOf(thrown, Error);
}

/** `instanceof` that a proxy cannot make throw. */
export function isInstanceOf<T>(
  thrown: unknown,
  constructor: abstract new (...args: never[]) => T,
): thrown is T {
  try {
    return thrown instanceof constructor;
  } catch {
    // A proxy's trap; whatever it hides is not ours.
    return false;
  }
}

/** The next object on the prototype chain; null at its end or where a proxy refuses. */
export function prototypeOf(object: object): object | null {
  try {
    return Reflect.getPrototypeOf(object);
  } catch {
    // A proxy's trap.
    return null;
  }
}

/** At most `maxErrors` members of an AggregateError. */
export function membersOf(thrown: unknown, maxErrors: number): readonly unknown[] {
  const errors = readProperty(thrown, 'errors');
  try {
    return Array.isArray(errors) ? errors.slice(0, maxErrors) : [];
  } catch {
    // A proxy of an array.
    return [];
  }
}

/** Whether `thrown` can have properties. */
export function isObject(thrown: unknown): thrown is object {
  return (typeof thrown === 'object' && thrown !== null) || typeof thrown === 'function';
}
