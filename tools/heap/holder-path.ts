// The way from a variable to what it holds, in the words of the code: `tracker.inFlight`, an entry, `.record`, `.value`.
// Its own file because V8's way is full of tables, elements and contexts that nobody has written.
import type { GrowthGroup, HeapGrowth } from './snapshot-diff.ts';
import type { Retainers } from './retainers.ts';
import type { HeapSnapshot } from './snapshot.ts';

/** Where memory is held. */
export interface HolderPath {
  /** As `inFlight` or `tracker.inFlight`; `globalThis.cache` for a global. */
  readonly expression: string;
  /** Name of the variable at its start; undefined where no variable of a function or module is on the way. */
  readonly variable: string | undefined;
  /** The scope that the variable is in: a node of the heap. */
  readonly scope: number | undefined;
  /**
   * Set instead of the variable when a module exports it: V8 keeps it in a cell of the module, without its name. The heap's id
   * of the value that the variable has, and what of the expression comes after the variable.
   */
  readonly exported: { readonly valueId: number; readonly below: string } | undefined;
  /** Class of what holds, as `Map`. */
  readonly className: string;
  /** From there to the largest piece. */
  readonly steps: readonly string[];
}

interface Step {
  readonly from: number;
  readonly edge: number;
  readonly to: number;
}

/** Describes how a group is held. */
export function describePath({ heap, retainers }: HeapGrowth, group: GrowthGroup): HolderPath {
  const largest = findLargest(heap, retainers, group);
  const way: Step[] = [];
  for (let to = largest; (retainers.parent[to] ?? to) !== to; to = retainers.parent[to] ?? to)
    way.unshift({ from: retainers.parent[to] ?? 0, edge: retainers.edge[to] ?? 0, to });
  const firstNew = way.findIndex(({ from }) => from === group.holder);
  const isContext = ({ edge }: Step): boolean => typeOf(heap, edge) === 'context';
  // The holder may be the scope itself: then the variable is the first step of what is new.
  const isCell = ({ from }: Step): boolean => heap.text(heap.nodeName[from] ?? 0) === 'system / Cell';
  const variableAt = way.findLastIndex(
    (step, index) => index <= firstNew && (isContext(step) || isCell(step)),
  );
  const held = way.slice(Math.max(firstNew, variableAt + 1));
  const start = way[variableAt];
  const isExported = start !== undefined && isCell(start);
  const variable = start === undefined || isExported ? undefined : heap.text(heap.edgeName[start.edge] ?? 0);
  const runtime = start === undefined ? toRuntimeRoot(heap, way, firstNew) : undefined;
  const from = (runtime?.at ?? variableAt) + 1;
  const between = toWords(heap, way.slice(from, Math.max(firstNew, from)));
  const root = variable ?? runtime?.name ?? 'an exported variable';
  const below = between.join('');
  const owner = (variableAt === firstNew ? start?.to : runtime?.owner) ?? group.holder;
  return {
    expression: `${root}${below}`,
    variable,
    scope: isExported ? undefined : start?.from,
    exported: isExported ? { valueId: heap.nodeId[start.to] ?? 0, below } : undefined,
    className: toClassName(heap, owner),
    steps: joinWords(between, toWords(heap, held)),
  };
}

// The way that most of the bytes have in common, and on it the largest piece: one large text that an error's frames refer to
// says nothing about a thousand documents beside it. Of pieces as large as each other it is the furthest from the root: what
// the first link of a list holds does not tell that it is a list.
function findLargest(heap: HeapSnapshot, retainers: Retainers, group: GrowthGroup): number {
  const sizes = toSizes(heap, retainers, group);
  const wayOf = createWays(heap, retainers, group);
  const sizeOf = (node: number): number => sizes.get(node) ?? 0;
  const totals = new Map<number, number>();
  for (const node of group.nodes) totals.set(wayOf(node), (totals.get(wayOf(node)) ?? 0) + sizeOf(node));
  const most = [...totals].reduce((best, total) => (total[1] > best[1] ? total : best))[0];
  const nodes = group.nodes.filter((node) => wayOf(node) === most);
  const largest = nodes.reduce((size, node) => Math.max(size, sizeOf(node)), 0);
  return nodes
    .filter((node) => sizeOf(node) >= largest * alike)
    .reduce((best, node) => ((retainers.turn[node] ?? 0) > (retainers.turn[best] ?? 0) ? node : best));
}

// Pieces of this share of the largest are as large as it: their texts differ by a few characters.
const alike = 0.8;

// A list's table may be larger than any of its entries and says nothing about them; the table of a list that is new itself
// is the size of that list.
function toSizes(
  heap: HeapSnapshot,
  { parent }: Retainers,
  { nodes, holder }: GrowthGroup,
): ReadonlyMap<number, number> {
  const table = heap.nodeTypes.indexOf('array');
  const sizes = new Map<number, number>();
  for (const node of nodes) {
    const owner = heap.nodeType[node] === table ? (parent[node] ?? node) : node;
    if (owner !== holder) sizes.set(owner, (sizes.get(owner) ?? 0) + (heap.nodeSize[node] ?? 0));
  }
  return sizes;
}

// Numbers the ways from the holder down, by the names on them: entries of one list have one way, and so have links of a list.
function createWays(
  heap: HeapSnapshot,
  { parent, edge }: Retainers,
  { holder }: GrowthGroup,
): (node: number) => number {
  const ways = new Map<string, number>();
  const names = [''];
  const known = new Map<number, number>([[holder, 0]]);
  const step = (way: number, name: string): number => {
    // Links of a list, but not lists in lists.
    if (way > 0 && name !== '' && names[way] === name) return way;
    const key = `${way} ${name}`;
    const next = ways.get(key) ?? names.push(name) - 1;
    ways.set(key, next);
    return next;
  };
  return (node) => {
    const below: number[] = [];
    let above = node;
    while (!known.has(above) && parent[above] !== above) {
      below.push(above);
      above = parent[above] ?? above;
    }
    let way = known.get(above) ?? 0;
    for (const each of below.toReversed()) known.set(each, (way = step(way, toName(heap, edge[each] ?? 0))));
    return way;
  };
}

function toName(heap: HeapSnapshot, edge: number): string {
  const type = typeOf(heap, edge);
  if (type === 'element' || type === 'hidden') return '';
  const name = heap.text(heap.edgeName[edge] ?? 0);
  if (type === 'property') return toField(name);
  return /^\d+$/.test(name) ? '' : name;
}

function typeOf({ edgeTypes, edgeType }: HeapSnapshot, edge: number): string {
  return edgeTypes[edgeType[edge] ?? 0] ?? '';
}

// No variable is on the way: a property of the global object, an object of Node's own as `process`, or what only a table of
// the runtime holds. `at` is the last step that the name stands for.
function toRuntimeRoot(
  heap: HeapSnapshot,
  way: readonly Step[],
  firstNew: number,
): { readonly name: string; readonly at: number; readonly owner?: number } {
  const nameOf = (node: number): string => heap.text(heap.nodeName[node] ?? 0);
  const globalAt = way.findIndex(({ to }) => /^(?:Object|global) \/|^global$/.test(nameOf(to)));
  if (globalAt >= 0) return { name: 'globalThis', at: globalAt };
  const at = way.findLastIndex(({ from }) => heap.nodeTypes[heap.nodeType[from] ?? 0] === 'synthetic');
  const first = way[at];
  if (first === undefined) return { name: 'the runtime', at };
  if (at < firstNew) return { name: toClassName(heap, first.to), at };
  if (heap.text(heap.edgeName[first.edge] ?? 0) === 'public_symbol_table')
    return { name: 'the registry of Symbol.for', at, owner: first.to };
  const name = { '(Global handles)': "Node's own handles", '(Strong root list)': "V8's own tables" }[
    nameOf(first.from)
  ];
  return { name: name ?? nameOf(first.from), at: at - 1, owner: first.to };
}

// A key of an object that serves as a dictionary may be a record's own: only what could be a field's name is shown.
const fieldName = /^[#$_a-z][\w$]{0,39}$/i;

function toWords(heap: HeapSnapshot, steps: readonly Step[]): readonly string[] {
  const nameOf = (edge: number | undefined): string => heap.text(heap.edgeName[edge ?? 0] ?? 0);
  const words = steps.flatMap(({ from, edge, to }, index) => {
    const type = typeOf(heap, edge);
    const name = type === 'element' || type === 'hidden' ? '' : heap.text(heap.edgeName[edge] ?? 0);
    if (type === 'property') return [toField(name)];
    if (type === 'element') return ['[n]'];
    if (type === 'context') return [` → captured ${name}`];
    if (name === generatorEdge) return [' → its variables'];
    if (name === 'parent') return [' → the string it was cut from'];
    if (name === 'backing_store') return [` → ${heap.nodeSize[to] ?? 0} bytes`];
    if (name.includes(' pair in WeakMap ')) return [' → its value in a WeakMap'];
    if (name === 'buffer') return [' → its array buffer'];
    if (isTable(heap, from) && nameOf(steps[index - 1]?.edge) !== generatorEdge) return ['[entry]'];
    return [];
  });
  return shorten(words);
}

function toField(name: string): string {
  const symbol = /^<symbol (.*)>$/.exec(name)?.[1];
  const isName = fieldName.test(symbol ?? name) && !/\d{3}/.test(name);
  if (!isName) return '[key]';
  return symbol === undefined ? `.${name}` : `[Symbol(${symbol})]`;
}

// What a generator or an async function keeps while it waits.
const generatorEdge = 'parameters_and_registers';

// The holder may be a link of the list that goes on below it.
function joinWords(before: readonly string[], words: readonly string[]): readonly string[] {
  const [first, ...rest] = words;
  return first?.endsWith('…') === true && before.at(-1) === first ? rest : words;
}

// A list of a thousand links is `.next…`: the same word again adds nothing.
function shorten(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    if (word === words[index - 1] && !word.startsWith('[')) return [];
    if (word === words[index - 1] && word === words[index - 2]) return [];
    return word === words[index + 1] && word.startsWith('.') ? [`${word}…`] : [word];
  });
}

// A Map's or Set's table is a nameless array that it refers to as `table`.
function isTable({ nodeTypes, nodeType, nodeName, text }: HeapSnapshot, node: number): boolean {
  return nodeTypes[nodeType[node] ?? 0] === 'array' && text(nodeName[node] ?? 0) === '';
}

function toClassName(heap: HeapSnapshot, node: number): string {
  const name = heap.text(heap.nodeName[node] ?? 0);
  const type = heap.nodeTypes[heap.nodeType[node] ?? 0];
  if (type === 'closure') return `function ${name}`.trim();
  return type === 'object' ? name.replace(/^system \/ Context$/, 'captured variables') : (type ?? '');
}
