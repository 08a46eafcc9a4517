// Errors of a definition or of props say all there is to say. Where nobody catches them, as in an app that `cdk synth` runs, Node
// would print the frames of everything below them, and their fields once more.

const maxFrames = 3;

/**
 * Leaves of an error's stack its message and the innermost frames that are not of a package or of Node, and of what Node and
 * `console` print of the error no more than that: its fields are there and are not listed. The last thing that an error's
 * constructor does.
 */
export function shortenStack(error: Error): void {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const own = frames
    .filter((frame) => !/node_modules[/\\]|\(?node:|<anonymous>/.test(frame))
    .slice(0, maxFrames);
  const stack = [`${error.name}: ${error.message}`, ...own].join('\n');
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true });
  for (const field of Object.keys(error)) Object.defineProperty(error, field, { enumerable: false });
}
