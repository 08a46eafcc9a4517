// When a definition's own schema is compiled. A wrong one has to fail where the definition is written and deployed; in a function it
// costs every cold start time, and the first value needs it.

/**
 * Gives what `compile` makes, made once: on Lambda when it is first asked for, everywhere else at once.
 * @throws what `compile` throws
 */
export function compileOnce<T extends object>(compile: () => T): () => T {
  let made: T | undefined;
  const get = (): T => (made ??= compile());
  if (process.env['AWS_LAMBDA_FUNCTION_NAME'] === undefined) get();
  return get;
}
