// What kind of thing is held, how much of it was meant to be kept and how much that pins. Its own file because each kind has
// its own telltale in V8's heap, and its own remedy.
import type { GrowthGroup, HeapGrowth } from './snapshot-diff.ts';
import type { HeapSnapshot } from './snapshot.ts';

/**
 * Kinds of held memory.
 * - `array-buffer slice`: views on a part of a larger array buffer.
 * - `pool slab`: views into Node's shared slabs, as `Buffer.from` makes of anything small.
 * - `array buffer`: array buffers that are kept as a whole.
 * - `sliced string`: substrings that are windows on a larger string.
 * - `external string`: large strings whose text is outside the heap.
 * - `string`: strings inside the heap.
 * - `event`: event records, or whole events, as Lambda delivered them.
 * - `function`: closures and what they have captured.
 * - `object`: anything else.
 */
export type HeldKind =
  | 'array-buffer slice'
  | 'pool slab'
  | 'array buffer'
  | 'sliced string'
  | 'external string'
  | 'string'
  | 'event'
  | 'function'
  | 'object';

/** What a holder holds. */
export interface Held {
  readonly kind: HeldKind;
  /** Views, slices, strings or objects, whichever the kind is about. */
  readonly pieces: number;
  /** Bytes that the pieces themselves stand for. */
  readonly keptBytes: number;
  /** Bytes that stay alive for them. */
  readonly pinnedBytes: number;
}

/** Gives the byte length of each view (a node id), asked of the live process; 0 where it is gone. */
export type MeasureViews = (ids: readonly number[]) => Promise<readonly number[]>;

/** `Buffer.poolSize` of Node 24. */
const slabBytes = 65_536;
/** Node makes longer texts of buffers external (EXTERN_APEX in its string_bytes.cc), in UTF-16 units. */
const externalFrom = 0xfbee9;
const maxAsked = 200;

/** Tells what a group is. */
export async function tellPiece(
  growth: HeapGrowth,
  group: GrowthGroup,
  measure: MeasureViews,
): Promise<Held> {
  const { heap } = growth;
  const { bytes } = group;
  const parts = sortOut(heap, group);
  const held = await tellByContent(heap, group, { parts, measure });
  const isPlain = held.kind === 'string' || held.kind === 'object';
  // What a timer or listener captured is let go with the function, whatever it is.
  if (isPlain && toBelow(growth, group, ['closure']).bytes * 2 >= bytes)
    return { kind: 'function', pieces: parts.functions, keptBytes: bytes, pinnedBytes: bytes };
  if (!isPlain) return held;
  // Texts that are fields of objects go with the objects, and those are what a person counts; so are texts, not the parts
  // that V8 has joined them from. A list of numbers has neither: it is one piece.
  const objects = toBelow(growth, group, ['object']);
  if (held.kind === 'object' || objects.bytes * 2 >= bytes)
    return { kind: 'object', pieces: Math.max(1, objects.topmost), keptBytes: bytes, pinnedBytes: bytes };
  return { ...held, pieces: toBelow(growth, group, stringTypes).topmost };
}

const stringTypes = ['string', 'concatenated string', 'sliced string'];

async function tellByContent(
  heap: HeapSnapshot,
  group: GrowthGroup,
  { parts, measure }: { readonly parts: Parts; readonly measure: MeasureViews },
): Promise<Held> {
  const { bytes } = group;
  if (parts.backingBytes * 2 >= bytes) return await tellBuffers(heap, group, { parts, measure });
  if (parts.stringBytes * 2 >= bytes) return tellStrings(heap, group, parts);
  if (parts.events > 0) return { kind: 'event', pieces: parts.events, keptBytes: bytes, pinnedBytes: bytes };
  if (parts.functions * 4 >= parts.objects && parts.functions > 0)
    return { kind: 'function', pieces: parts.functions, keptBytes: bytes, pinnedBytes: bytes };
  return { kind: 'object', pieces: parts.objects, keptBytes: bytes, pinnedBytes: bytes };
}

// How much of a group is a new node of this type, or reached through one, and how many of those have none above them.
function toBelow(
  { heap, retainers: { parent, edge } }: HeapGrowth,
  { nodes, holder }: GrowthGroup,
  typeNames: readonly string[],
): { readonly bytes: number; readonly topmost: number } {
  const types = new Set(typeNames.map((name) => heap.nodeTypes.indexOf(name)));
  const gates = new Set(nodes.filter((node) => types.has(heap.nodeType[node] ?? 0)));
  const known = new Map<number, boolean>([[holder, false]]);
  const isBelow = (start: number): boolean => {
    const way: number[] = [];
    let above = start;
    // A root is above itself.
    while (!known.has(above) && !gates.has(above) && parent[above] !== above) {
      way.push(above);
      above = parent[above] ?? above;
    }
    const isOne = gates.has(above) || (known.get(above) ?? false);
    for (const each of way) known.set(each, isOne);
    return isOne;
  };
  // The next link of a list is below the one before, and as much of a piece.
  const fieldOf = (node: number): number | undefined => {
    const at = edge[node] ?? 0;
    return heap.edgeTypes[heap.edgeType[at] ?? 0] === 'property' ? heap.edgeName[at] : undefined;
  };
  const isLink = (node: number, above: number): boolean =>
    fieldOf(node) !== undefined && fieldOf(node) === fieldOf(above) && gates.has(above);
  let [bytes, topmost] = [0, 0];
  for (const node of nodes) {
    if (isBelow(node)) bytes += heap.nodeSize[node] ?? 0;
    const above = parent[node] ?? node;
    if (gates.has(node) && (isLink(node, above) || !isBelow(above))) topmost++;
  }
  return { bytes, topmost };
}

/** Counts a group as functions: where Node itself holds, it is a function's to be let go of, whatever it captured. */
export function toHeldFunctions(held: Held, { heap }: HeapGrowth, { nodes }: GrowthGroup): Held {
  const closure = heap.nodeTypes.indexOf('closure');
  return {
    ...held,
    kind: 'function',
    pieces: nodes.filter((node) => heap.nodeType[node] === closure).length,
  };
}

interface Parts {
  readonly backings: ReadonlySet<number>;
  readonly backingBytes: number;
  readonly strings: readonly number[];
  readonly stringBytes: number;
  readonly slices: readonly number[];
  readonly events: number;
  readonly functions: number;
  readonly objects: number;
}

function sortOut(heap: HeapSnapshot, { nodes }: GrowthGroup): Parts {
  const { nodeType, nodeTypes, nodeName, nodeSize, text } = heap;
  const typeOf = (node: number): string => nodeTypes[nodeType[node] ?? 0] ?? '';
  const sum = (list: readonly number[]): number =>
    list.reduce((bytes, node) => bytes + (nodeSize[node] ?? 0), 0);
  const backings = nodes.filter(
    (node) => typeOf(node) === 'native' && text(nodeName[node] ?? 0).endsWith('JSArrayBufferData'),
  );
  const strings = nodes.filter((node) => typeOf(node) === 'string' || typeOf(node) === 'concatenated string');
  const objects = nodes.filter((node) => typeOf(node) === 'object');
  return {
    backings: new Set(backings),
    backingBytes: sum(backings),
    strings,
    stringBytes: sum(strings),
    slices: nodes.filter((node) => typeOf(node) === 'sliced string'),
    events: objects.filter((node) => isEvent(heap, node)).length,
    functions: nodes.filter((node) => typeOf(node) === 'closure').length,
    objects: objects.length,
  };
}

// The fields of Lambda's Kafka event; numbers among them are no nodes. A record's value is text there: what keep() gives has
// the same fields, and its value is parsed.
function isEvent(heap: HeapSnapshot, node: number): boolean {
  const { nodeType, nodeTypes, nodeName, text } = heap;
  if (text(nodeName[node] ?? 0) !== 'Object') return false;
  const fields = new Map(edgesOf(heap, node, 'property').map(({ name, to }) => [name, to]));
  if (fields.has('eventSource') && fields.has('records')) return true;
  const value = fields.get('value');
  return (
    value !== undefined &&
    stringTypes.includes(nodeTypes[nodeType[value] ?? 0] ?? '') &&
    fields.has('topic') &&
    fields.has('timestampType')
  );
}

async function tellBuffers(
  heap: HeapSnapshot,
  { nodes, bytes }: GrowthGroup,
  { parts, measure }: { readonly parts: Parts; readonly measure: MeasureViews },
): Promise<Held> {
  const views = nodes.flatMap((view) => {
    const buffer = edgesOf(heap, view, 'internal').find(({ name }) => name === 'buffer')?.to;
    const backing =
      buffer === undefined
        ? undefined
        : edgesOf(heap, buffer, 'internal').find(({ name }) => name === 'backing_store')?.to;
    return backing !== undefined && parts.backings.has(backing) ? [{ view, backing }] : [];
  });
  const whole: Held = {
    kind: 'array buffer',
    pieces: parts.backings.size,
    keptBytes: bytes,
    pinnedBytes: bytes,
  };
  if (views.length === 0) return whole;
  const keptBytes = await estimateKept(heap, views, measure);
  if (keptBytes * 1.25 > parts.backingBytes) return whole;
  const slabs = [...parts.backings].filter((backing) => heap.nodeSize[backing] === slabBytes).length;
  const kind = slabs * 2 >= parts.backings.size ? 'pool slab' : 'array-buffer slice';
  return { kind, pieces: views.length, keptBytes, pinnedBytes: bytes };
}

// To find an object by its id V8 walks the heap, so not all are asked: those of the largest buffers, of which few may make up
// most, and as many spread over the rest, which stand for it.
async function estimateKept(
  heap: HeapSnapshot,
  views: readonly { readonly view: number; readonly backing: number }[],
  measure: MeasureViews,
): Promise<number> {
  const sizeOf = (backing: number): number => heap.nodeSize[backing] ?? 0;
  const sorted = views.toSorted((a, b) => sizeOf(b.backing) - sizeOf(a.backing));
  const measureSum = async (some: typeof views): Promise<number> => {
    const lengths = await measure(some.map(({ view }) => heap.nodeId[view] ?? 0));
    return lengths.reduce((sum, length) => sum + length, 0);
  };
  const [largest, rest] = [sorted.slice(0, maxAsked / 2), sorted.slice(maxAsked / 2)];
  const step = Math.ceil(rest.length / (maxAsked / 2));
  const some = rest.filter((_, index) => index % step === 0);
  const restBytes = some.length === 0 ? 0 : ((await measureSum(some)) / some.length) * rest.length;
  return (await measureSum(largest)) + restBytes;
}

function tellStrings(heap: HeapSnapshot, { bytes }: GrowthGroup, parts: Parts): Held {
  const { nodeSize } = heap;
  const strings = new Set(parts.strings);
  const parents = new Set<number>();
  for (const slice of parts.slices) {
    const parent = edgesOf(heap, slice, 'internal').find(({ name }) => name === 'parent')?.to;
    if (parent !== undefined && strings.has(parent)) parents.add(parent);
  }
  const size = (list: Iterable<number>): number =>
    [...list].reduce((sum, node) => sum + (nodeSize[node] ?? 0), 0);
  if (size(parents) * 2 >= parts.stringBytes) {
    // A snapshot does not tell how long a slice is: what is kept is the slice itself, a window of some 32 bytes.
    const keptBytes = size(parts.slices);
    return { kind: 'sliced string', pieces: parts.slices.length, keptBytes, pinnedBytes: bytes };
  }
  if (parts.events > 0) return { kind: 'event', pieces: parts.events, keptBytes: bytes, pinnedBytes: bytes };
  const external = parts.strings.filter((node) => (nodeSize[node] ?? 0) >= externalFrom);
  const isExternal = size(external) * 2 >= parts.stringBytes;
  const pieces = isExternal ? external.length : parts.strings.length;
  return { kind: isExternal ? 'external string' : 'string', pieces, keptBytes: bytes, pinnedBytes: bytes };
}

/** Edges of one type that leave a node. */
export function edgesOf(
  { firstEdge, edgeType, edgeTypes, edgeName, edgeTo, text }: HeapSnapshot,
  node: number,
  type: string,
): readonly { readonly name: string; readonly to: number }[] {
  const wanted = edgeTypes.indexOf(type);
  const found: { name: string; to: number }[] = [];
  for (let at = firstEdge[node] ?? 0; at < (firstEdge[node + 1] ?? 0); at++)
    if (edgeType[at] === wanted) found.push({ name: text(edgeName[at] ?? 0), to: edgeTo[at] ?? 0 });
  return found;
}
