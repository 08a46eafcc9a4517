// Templates name things as they like, `constructor` and `toString` among them: what every JavaScript object inherits is no
// answer to such a name.

/** The property `name` of `holder` itself; undefined where it has none, or is no object. */
export function own<T>(holder: Readonly<Record<string, T>> | null | undefined, name: string): T | undefined {
  return typeof holder === 'object' && holder !== null && Object.hasOwn(holder, name)
    ? holder[name]
    : undefined;
}
