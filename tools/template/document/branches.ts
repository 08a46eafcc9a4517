// Fn::If in a template whose conditions are not known yet: whatever is read or rewritten there is so in each of its branches.

/** What `map` makes of `value`, or of each branch where `value` is an `Fn::If`. */
export function mapBranches(value: unknown, map: (branch: unknown) => unknown): unknown {
  const { 'Fn::If': branches } = (value ?? {}) as { readonly 'Fn::If'?: unknown };
  if (!Array.isArray(branches)) return map(value);
  const [condition, ...rest] = branches as readonly unknown[];
  return { 'Fn::If': [condition, ...rest.map((branch) => mapBranches(branch, map))] };
}
