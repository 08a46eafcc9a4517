// What has grown between two snapshots, by who holds it: objects that came in between and are still there in a third, each
// counted to the nearest object on its way to the roots that was there before, unless they only took the place of others.
import { findRetainers, type Retainers } from './retainers.ts';
import type { HeapSnapshot } from './snapshot.ts';

/** Everything new that one old object holds. */
export interface GrowthGroup {
  /** The old object. */
  readonly holder: number;
  /** Edge at which the new begins; any one of them where there are many. */
  readonly edge: number;
  readonly nodes: readonly number[];
  readonly bytes: number;
}

/** The growth of a heap. */
export interface HeapGrowth {
  readonly heap: HeapSnapshot;
  readonly retainers: Retainers;
  /** Largest first. */
  readonly groups: readonly GrowthGroup[];
  readonly bytes: number;
}

/** The time of birth of what counts. */
export interface BirthRange {
  /** A snapshot of the same process: what is in it, or older, is not new. */
  readonly before: HeapSnapshot;
  /** The last id that counts. */
  readonly untilId: number;
}

// V8's own bookkeeping grows while code warms up, and is nobody's to release.
const bookkeeping = ['code', 'object shape', 'synthetic', 'hidden'];

/** Highest id of a snapshot: what is born later has a higher one. */
export function lastId({ nodeId }: HeapSnapshot): number {
  return nodeId.reduce((highest, id) => Math.max(highest, id), 0);
}

/** Groups what was born in the range and is in the snapshot. */
export function findGrowth(heap: HeapSnapshot, { before, untilId }: BirthRange): HeapGrowth {
  const afterId = lastId(before);
  const retainers = findRetainers(heap);
  const { nodeCount, nodeId, nodeSize, nodeType, nodeTypes } = heap;
  const isOwn = new Set(bookkeeping.map((name) => nodeTypes.indexOf(name)));
  const findHolder = createHolderSearch(heap, retainers, afterId);
  const groups = new Map<string, { holder: number; edge: number; nodes: number[]; bytes: number }>();
  for (let node = 0; node < nodeCount; node++) {
    const id = nodeId[node] ?? 0;
    if (id <= afterId || id > untilId || isOwn.has(nodeType[node] ?? 0) || retainers.turn[node] === 0)
      continue;
    const { holder, edge } = findHolder(node);
    const key = `${holder} ${isContextEdge(heap, edge) ? edge : ''}`;
    const group = groups.get(key) ?? { holder, edge, nodes: [], bytes: 0 };
    groups.set(key, group);
    group.nodes.push(node);
    group.bytes += nodeSize[node] ?? 0;
  }
  const isMore = createComparison(before, { heap, retainers });
  const sorted = [...groups.values()].filter(isMore).toSorted((a, b) => b.bytes - a.bytes);
  return { heap, retainers, groups: sorted, bytes: sorted.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function isContextEdge({ edgeType, edgeTypes }: HeapSnapshot, edge: number): boolean {
  return edgeTypes[edgeType[edge] ?? 0] === 'context';
}

/** A buffer that is replaced now and then is new, and no growth: what its holder had before is gone. */
const leastNetShare = 0.5;

/** Whether what a group's holder has in all is more than before by half of the group at least. */
function createComparison(
  before: HeapSnapshot,
  { heap, retainers }: Pick<HeapGrowth, 'heap' | 'retainers'>,
): (group: GrowthGroup) => boolean {
  const now = toHeldBytes(heap, retainers);
  const then = toHeldBytes(before, findRetainers(before));
  const nodeThen = new Map(Array.from(before.nodeId, (id, node) => [id, node]));
  // A scope holds by several variables, of which one has grown.
  const at = (snapshot: HeapSnapshot, held: Float64Array, node: number, edge: number): number => {
    if (!isContextEdge(heap, edge)) return held[node] ?? 0;
    const name = heap.text(heap.edgeName[edge] ?? 0);
    for (let each = snapshot.firstEdge[node] ?? 0; each < (snapshot.firstEdge[node + 1] ?? 0); each++)
      if (isContextEdge(snapshot, each) && snapshot.text(snapshot.edgeName[each] ?? 0) === name)
        return held[snapshot.edgeTo[each] ?? 0] ?? 0;
    return 0;
  };
  return ({ holder, edge, bytes }) => {
    const earlier = nodeThen.get(heap.nodeId[holder] ?? 0);
    if (earlier === undefined) return true;
    const grown = at(heap, now, holder, edge) - at(before, then, earlier, edge);
    return grown >= bytes * leastNetShare;
  };
}

/** Bytes of each node and of all that is reached over it. */
function toHeldBytes(heap: HeapSnapshot, { parent, turn }: Retainers): Float64Array {
  const held = Float64Array.from(heap.nodeSize);
  const byTurn = new Uint32Array(heap.nodeCount + 1);
  turn.forEach((each, node) => (byTurn[each] = node));
  // From the furthest to what the root holds itself; its own turn is 1.
  for (let each = heap.nodeCount; each > 1; each--) {
    const node = byTurn[each] ?? 0;
    const above = parent[node] ?? node;
    if (above !== node) held[above] = (held[above] ?? 0) + (held[node] ?? 0);
  }
  return held;
}

interface Crossing {
  readonly holder: number;
  readonly edge: number;
}

// A growing map or array replaces its table: what is new but only a table belongs to the object that owns it.
function createHolderSearch(
  heap: HeapSnapshot,
  { parent, edge }: Retainers,
  afterId: number,
): (node: number) => Crossing {
  const { nodeCount, nodeId, nodeType, nodeTypes } = heap;
  // The new node right below the holder, plus 1; a million nodes share their ways.
  const known = new Uint32Array(nodeCount);
  const isHolder = (node: number): boolean =>
    (nodeId[node] ?? 0) <= afterId && holderTypes.has(nodeTypes[nodeType[node] ?? 0] ?? '');
  return (start) => {
    let node = start;
    while (known[node] === 0) {
      const above = parent[node] ?? node;
      if (above === node || isHolder(above)) known[node] = node + 1;
      else node = above;
    }
    const child = (known[node] ?? 1) - 1;
    for (let each = start; known[each] === 0; each = parent[each] ?? each) known[each] = child + 1;
    return { holder: parent[child] ?? 0, edge: edge[child] ?? 0 };
  };
}

const holderTypes = new Set(['object', 'closure', 'native', 'synthetic']);
