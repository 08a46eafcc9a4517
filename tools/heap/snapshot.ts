// A V8 heap snapshot as typed arrays, read while it streams in: 9 bytes an edge and 13 a node, so that the heap of a large
// function fits beside it. Texts are kept where they name something; the heap's own strings are passed over, so no payload
// is ever copied out of the function.
import { createScanner, type Sink } from './scanner.ts';

/** A heap, by the ordinals of its nodes and edges. */
export interface HeapSnapshot {
  readonly nodeCount: number;
  /** Index into `nodeTypes`. */
  readonly nodeType: Uint8Array;
  readonly nodeName: Uint32Array;
  /** Unchanged from one snapshot of a process to the next; later objects have higher ones. */
  readonly nodeId: Uint32Array;
  /** Bytes of the object itself; of an external string or a backing store what lies outside the heap. */
  readonly nodeSize: Uint32Array;
  /** First edge of each node; one entry more than there are nodes. */
  readonly firstEdge: Uint32Array;
  /** Index into `edgeTypes`. */
  readonly edgeType: Uint8Array;
  /** A string's index, or a number for `element` and `hidden` edges. */
  readonly edgeName: Uint32Array;
  /** Ordinal of the node that the edge leads to. */
  readonly edgeTo: Uint32Array;
  readonly nodeTypes: readonly string[];
  readonly edgeTypes: readonly string[];
  /** Where functions stand: by node, lines and columns from 0. */
  readonly locations: ReadonlyMap<number, SnapshotLocation>;
  /** Text of a name; empty for texts that name nothing. */
  readonly text: (index: number) => string;
}

/** A place in a script. */
export interface SnapshotLocation {
  readonly scriptId: number;
  readonly line: number;
  readonly column: number;
}

/** Takes a snapshot's JSON in parts. */
export interface SnapshotReader {
  readonly push: (part: string) => void;
  /** @throws {HeapError} `SNAPSHOT` when the text was cut or is none of V8's formats. */
  readonly end: () => HeapSnapshot;
}

/** A snapshot cannot be read. */
export class HeapError extends Error {
  override readonly name = 'HeapError';
  readonly code = 'SNAPSHOT';
}

interface Header {
  readonly meta: {
    readonly node_fields: readonly string[];
    readonly node_types: readonly [readonly string[], ...unknown[]];
    readonly edge_fields: readonly string[];
    readonly edge_types: readonly [readonly string[], ...unknown[]];
    readonly location_fields?: readonly string[];
  };
  readonly node_count: number;
  readonly edge_count: number;
}

/** Starts reading. */
export function createSnapshotReader(): SnapshotReader {
  const scanner = createScanner((key, before) => {
    if (key === 'nodes') build = createBuild(parseHeader(before));
    return build?.sinks[key] ?? nowhere;
  });
  let build: Build | undefined;
  return {
    push: scanner,
    end() {
      if (build === undefined) throw new HeapError('no heap snapshot, got text without nodes');
      return build.finish();
    },
  };
}

const nowhere: Sink = { number: () => {} };

function parseHeader(text: string): Header {
  const from = text.indexOf('{', 1);
  try {
    const header = JSON.parse(text.slice(from, text.lastIndexOf('}') + 1)) as Partial<Header>;
    if (header.meta !== undefined && header.node_count !== undefined) return header as Header;
  } catch {
    // The parser's message would quote the text.
  }
  throw new HeapError('no heap snapshot, got a header without fields and counts');
}

const textTypes = ['string', 'concatenated string', 'sliced string', 'symbol', 'regexp', 'bigint'];
const indexEdges = ['element', 'hidden'];

interface Build {
  readonly sinks: Readonly<Record<string, Sink>>;
  readonly finish: () => HeapSnapshot;
}

function createBuild(header: Header): Build {
  const { meta, node_count: nodeCount, edge_count: edgeCount } = header;
  const nodeFields = meta.node_fields.length;
  const nodes = toColumns(meta.node_fields, ['type', 'name', 'id', 'self_size', 'edge_count']);
  const edges = toColumns(meta.edge_fields, ['type', 'name_or_index', 'to_node']);
  const nodeType = new Uint8Array(nodeCount);
  const [nodeName, nodeId, nodeSize] = [0, 0, 0].map(() => new Uint32Array(nodeCount)) as unknown as Triple;
  const firstEdge = new Uint32Array(nodeCount + 1);
  const edgeType = new Uint8Array(edgeCount);
  const [edgeName, edgeTo] = [new Uint32Array(edgeCount), new Uint32Array(edgeCount)];
  const places: number[] = [];
  const texts: string[] = [];
  let textCount = 0;
  let wanted: Uint8Array | undefined;

  const nodeSetters = nodes.map((field) => {
    if (field === 'type') return (at: number, value: number) => void (nodeType[at] = value);
    if (field === 'name') return (at: number, value: number) => void (nodeName[at] = value);
    if (field === 'id') return (at: number, value: number) => void (nodeId[at] = value);
    if (field === 'self_size') return (at: number, value: number) => void (nodeSize[at] = value);
    if (field === 'edge_count')
      return (at: number, value: number) => void (firstEdge[at + 1] = (firstEdge[at] ?? 0) + value);
    return () => {};
  });
  const edgeSetters = edges.map((field) => {
    if (field === 'type') return (at: number, value: number) => void (edgeType[at] = value);
    if (field === 'name_or_index') return (at: number, value: number) => void (edgeName[at] = value);
    if (field === 'to_node') return (at: number, value: number) => void (edgeTo[at] = value / nodeFields);
    return () => {};
  });
  const [nodeTypes] = meta.node_types;
  const [edgeTypes] = meta.edge_types;
  const findNames = (): Uint8Array => {
    const isText = new Set(textTypes.map((name) => nodeTypes.indexOf(name)));
    const isIndex = new Set(indexEdges.map((name) => edgeTypes.indexOf(name)));
    // No more strings than nodes and edges name.
    const names = new Uint8Array(1 + nodeName.reduce((most, name) => Math.max(most, name), 0) + edgeCount);
    for (let at = 0; at < nodeCount; at++) if (!isText.has(nodeType[at] ?? 0)) names[nodeName[at] ?? 0] = 1;
    for (let at = 0; at < edgeCount; at++) if (!isIndex.has(edgeType[at] ?? 0)) names[edgeName[at] ?? 0] = 1;
    return names;
  };
  const finish = (): HeapSnapshot => {
    if (textCount === 0 || firstEdge[nodeCount] !== edgeCount)
      throw new HeapError('a heap snapshot that was cut, got fewer nodes, edges or strings than it declares');
    return {
      nodeCount,
      nodeType,
      nodeName,
      nodeId,
      nodeSize,
      firstEdge,
      edgeType,
      edgeName,
      edgeTo,
      nodeTypes,
      edgeTypes,
      locations: toLocations(places, meta.location_fields ?? [], nodeFields),
      text: (index) => texts[index] ?? '',
    };
  };
  return {
    sinks: {
      nodes: createRows(nodeSetters),
      edges: createRows(edgeSetters),
      locations: { number: (value) => void places.push(value) },
      strings: {
        number: () => {},
        text(value) {
          wanted ??= findNames();
          if (wanted[textCount] === 1) texts[textCount] = value;
          textCount++;
        },
      },
    },
    finish,
  };
}

type Triple = readonly [Uint32Array, Uint32Array, Uint32Array];

function toColumns(fields: readonly string[], needed: readonly string[]): readonly string[] {
  for (const field of needed)
    if (!fields.includes(field)) throw new HeapError(`a heap snapshot without ${field}`);
  return fields;
}

/** Numbers come one after the other; each goes to its row and column. */
function createRows(setters: readonly ((at: number, value: number) => void)[]): Sink {
  let [row, column] = [0, 0];
  return {
    number(value) {
      setters[column]?.(row, value);
      if (++column < setters.length) return;
      column = 0;
      row++;
    },
  };
}

function toLocations(
  places: readonly number[],
  fields: readonly string[],
  nodeFields: number,
): ReadonlyMap<number, SnapshotLocation> {
  const at = (name: string): number => fields.indexOf(name);
  const [object, script, line, column] = [at('object_index'), at('script_id'), at('line'), at('column')];
  const locations = new Map<number, SnapshotLocation>();
  for (let row = 0; row + fields.length <= places.length && fields.length > 0; row += fields.length) {
    const read = (field: number): number => places[row + field] ?? 0;
    locations.set(read(object) / nodeFields, {
      scriptId: read(script),
      line: read(line),
      column: read(column),
    });
  }
  return locations;
}
