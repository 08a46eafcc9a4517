// Why a node is alive: for every node the edge that leads to it on a shortest way from the roots. Its own file because which
// edges hold and which ways read well are V8's peculiarities.
import type { HeapSnapshot } from './snapshot.ts';

/** The tree of shortest ways. */
export interface Retainers {
  /** Ordinal of the node before; the node itself for the root and for what nothing holds. */
  readonly parent: Uint32Array;
  /** Edge from there. */
  readonly edge: Uint32Array;
  /** When the walk came to the node, from 1; the later, the further from the root. 0 for what nothing holds. */
  readonly turn: Uint32Array;
}

// Ways over what V8 keeps for itself explain nothing to a person; they are taken only where no other way leads.
const poorNames =
  /^(?:\(Stack roots\)|\(Handle scope\)|\(Strong symbol roots\)|\(Internalized strings\)|\(External strings\)|system \/ (?:Feedback|Script|WeakArray|WeakFixed|PropertyCell|PrototypeInfo|Map|TransitionArray|CallSiteInfo))|^\(code|^\(shared/;

/** Walks the heap breadth first from its root, weak edges left out. */
export function findRetainers(heap: HeapSnapshot): Retainers {
  const { nodeCount, firstEdge, edgeTo } = heap;
  const parent = Uint32Array.from({ length: nodeCount }, (_, node) => node);
  const edge = new Uint32Array(nodeCount);
  const turn = new Uint32Array(nodeCount);
  const queue = new Uint32Array(nodeCount);
  const later: number[] = [];
  const holds = createEdgeTest(heap);
  const isPoor = createNameTest(heap);
  let [from, to] = [0, 1];
  turn[0] = 1;
  const visit = (node: number): void => {
    for (let at = firstEdge[node] ?? 0; at < (firstEdge[node + 1] ?? 0); at++) {
      const next = edgeTo[at] ?? 0;
      if (turn[next] !== 0 || !holds(node, at)) continue;
      parent[next] = node;
      edge[next] = at;
      queue[to++] = next;
      turn[next] = to;
    }
  };
  for (;;) {
    while (from < to) {
      const node = queue[from++] ?? 0;
      if (isPoor(node)) later.push(node);
      else visit(node);
    }
    const deferred = later.shift();
    if (deferred === undefined) break;
    visit(deferred);
  }
  return { parent, edge, turn };
}

function createEdgeTest(heap: HeapSnapshot): (node: number, edge: number) => boolean {
  const { edgeTypes, edgeType, edgeName, nodeId, text } = heap;
  const [weak, shortcut, internal] = ['weak', 'shortcut', 'internal'].map((name) => edgeTypes.indexOf(name));
  return (node, edge) => {
    const type = edgeType[edge];
    if (type === weak) return false;
    // A shortcut jumps over bound functions; from the root it leads to the global object.
    if (type === shortcut) return node === 0;
    if (type !== internal) return true;
    // A WeakMap's value is held by table and key together; the way over the key says who keeps the pair.
    const table = / pair in WeakMap \(table @(\d+)\)$/.exec(text(edgeName[edge] ?? 0))?.[1];
    return table === undefined || Number(table) !== nodeId[node];
  };
}

function createNameTest({ nodeName, text }: HeapSnapshot): (node: number) => boolean {
  const known = new Map<number, boolean>();
  return (node) => {
    const name = nodeName[node] ?? 0;
    const isPoor = known.get(name) ?? poorNames.test(text(name));
    known.set(name, isPoor);
    return isPoor;
  };
}
