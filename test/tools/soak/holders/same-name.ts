// A module with a variable that its importer has as well: a bundler renames one of them.
const buffers = new Map<string, number>();

/** Counts calls. */
export function count(): number {
  buffers.set('calls', (buffers.get('calls') ?? 0) + 1);
  return buffers.get('calls') ?? 0;
}
