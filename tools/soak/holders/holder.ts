// Holders in the words of the code: what has grown in a heap, named by asking the live process for what its snapshot leaves
// out, the lengths of views, exported variables and the text of scripts.
import type { GrowthGroup, HeapGrowth } from '../../heap/snapshot-diff.ts';
import { describePath } from '../../heap/holder-path.ts';
import { tellPiece, toHeldFunctions, type Held, type HeldKind } from '../../heap/held-value.ts';
import {
  findFunction,
  findVariable,
  type FindScript,
  type Script,
  type SourcePlace,
} from '../../heap/source.ts';
import { SoakError } from '../error.ts';
import { findExport } from './export-name.ts';
import type { Inspector } from '../sandbox/inspector.ts';

/** A holder, in the words of the code. */
export interface Holder {
  readonly kind: HeldKind;
  /** As `inFlight`; what of it is held follows in `path`. */
  readonly expression: string;
  /** Class of the holder, as `Map`. */
  readonly className: string;
  /** From the holder to the largest piece, as `[entry].record.value → its array buffer → 65536 bytes`. */
  readonly path: string;
  /** Where the holding variable is declared, or the held function; null where neither is known. */
  readonly place: SourcePlace | null;
  /** Pieces held anew in an invocation. */
  readonly piecesPerInvocation: number;
  /** Bytes that those stand for. */
  readonly keptBytesPerInvocation: number;
  /** Bytes that stay alive for them. */
  readonly pinnedBytesPerInvocation: number;
  /** Pinned by kept, 1 or more. */
  readonly amplification: number;
  /** Share of the growth between the snapshots, 0..1. */
  readonly share: number;
}

/** Names who holds what has grown in the process, largest first. @throws {SoakError} `ENDED` */
export async function nameHolders(
  inspector: Inspector,
  growth: HeapGrowth,
  how: {
    readonly invocations: number;
    /** A smaller group is noise: share of the growth, and bytes per invocation. */
    readonly leastShare: number;
    readonly leastBytes: number;
    readonly findScript: FindScript;
  },
): Promise<readonly Holder[]> {
  const { invocations, leastShare, leastBytes, findScript } = how;
  const measure = async (ids: readonly number[]): Promise<readonly number[]> =>
    await Promise.all(ids.map(async (id) => await measureView(inspector, id)));
  const holders: Holder[] = [];
  for (const group of growth.groups) {
    if (group.bytes < Math.max(growth.bytes * leastShare, invocations * leastBytes)) break;
    const held = await tellPiece(growth, group, measure);
    holders.push(await toHolder({ inspector, growth, group, held, invocations, findScript }));
  }
  return merge(holders);
}

// Node's list of timers is held from both of its ends, a ring from any of its links: for the reader it is one holder.
function merge(holders: readonly Holder[]): readonly Holder[] {
  const merged = new Map<string, Holder>();
  for (const holder of holders) {
    const { kind, place, expression } = holder;
    const key = `${kind} ${place === null ? expression : `${place.file}:${place.line}`} ${toRoot(expression)}`;
    const before = merged.get(key);
    merged.set(key, before === undefined ? holder : add(before, holder));
  }
  return [...merged.values()].toSorted((a, b) => b.share - a.share);
}

function toRoot(expression: string): string {
  return /^[^.[]*/.exec(expression)?.[0] ?? expression;
}

function add(one: Holder, other: Holder): Holder {
  const keptBytesPerInvocation = one.keptBytesPerInvocation + other.keptBytesPerInvocation;
  const pinnedBytesPerInvocation = one.pinnedBytesPerInvocation + other.pinnedBytesPerInvocation;
  return {
    ...one,
    piecesPerInvocation: one.piecesPerInvocation + other.piecesPerInvocation,
    keptBytesPerInvocation,
    pinnedBytesPerInvocation,
    amplification: toAmplification(keptBytesPerInvocation, pinnedBytesPerInvocation),
    share: one.share + other.share,
  };
}

function toAmplification(keptBytes: number, pinnedBytes: number): number {
  return keptBytes > 0 ? Math.max(1, pinnedBytes / keptBytes) : 1;
}

async function toHolder(found: {
  readonly inspector: Inspector;
  readonly growth: HeapGrowth;
  readonly group: GrowthGroup;
  readonly held: Held;
  readonly invocations: number;
  readonly findScript: FindScript;
}): Promise<Holder> {
  const { inspector, growth, group, invocations, findScript } = found;
  const { heap } = growth;
  const { expression, variable, scope, exported, className, steps } = describePath(growth, group);
  const one =
    exported === undefined
      ? undefined
      : await findExport(inspector, { heap, valueId: exported.valueId, findScript });
  const named =
    variable === undefined || scope === undefined
      ? undefined
      : await findVariable(heap, { scope, variable }, findScript);
  const declared = named ?? one?.place;
  // Where Node itself holds, as it does timers and listeners, the function that it holds is the one to look at.
  const isOwn = declared !== undefined && !declared.file.startsWith('node:');
  const heldFunction = isOwn ? undefined : await findHeldFunction(growth, group, findScript);
  const place = heldFunction ?? declared;
  const isHeldByNode = heldFunction !== undefined && declared !== undefined;
  const held = isHeldByNode ? toHeldFunctions(found.held, growth, group) : found.held;
  const own = named?.name === undefined ? expression : `${named.name}${expression.slice(variable?.length)}`;
  return {
    kind: held.kind,
    expression: one === undefined ? own : `${one.name}${exported?.below ?? ''}`,
    className,
    path: steps.join(''),
    place: place === undefined ? null : { file: place.file, line: place.line },
    piecesPerInvocation: held.pieces / invocations,
    keptBytesPerInvocation: held.keptBytes / invocations,
    pinnedBytesPerInvocation: held.pinnedBytes / invocations,
    amplification: toAmplification(held.keptBytes, held.pinnedBytes),
    share: group.bytes / growth.bytes,
  };
}

async function findHeldFunction(
  { heap }: HeapGrowth,
  { nodes }: GrowthGroup,
  findScript: FindScript,
): Promise<SourcePlace | undefined> {
  for (const node of nodes) {
    const place = heap.locations.has(node) ? await findFunction(heap, node, findScript) : undefined;
    if (place !== undefined && !place.file.startsWith('node:')) return place;
  }
  return undefined;
}

async function measureView(inspector: Inspector, id: number): Promise<number> {
  try {
    const { result } = await inspector.call<{ readonly result: { readonly objectId: string } }>(
      'HeapProfiler.getObjectByHeapObjectId',
      { objectId: String(id) },
    );
    const answer = await inspector.call<{ readonly result: { readonly value?: unknown } }>(
      'Runtime.callFunctionOn',
      {
        objectId: result.objectId,
        functionDeclaration: 'function () { return this.byteLength; }',
        returnByValue: true,
      },
    );
    return Number(answer.result.value ?? 0);
  } catch (error) {
    // Collected since the snapshot: it was none of the holder's.
    if (error instanceof SoakError && error.code === 'INSPECTOR') return 0;
    throw error;
  }
}

/**
 * Makes the scripts of the process readable. Enabling the debugger lists them all; only after the last snapshot, because it holds
 * on to some of them. @throws {SoakError} `ENDED`
 */
export async function openScripts(inspector: Inspector): Promise<FindScript> {
  const urls = new Map<string, string>();
  const known = new Map<number, Script>();
  inspector.listen('Debugger.scriptParsed', (event) => {
    const { scriptId, url } = event as { readonly scriptId: string; readonly url: string };
    urls.set(scriptId, url);
  });
  await inspector.call('Debugger.enable');
  return async (scriptId) => {
    const url = urls.get(String(scriptId));
    if (url === undefined) return undefined;
    const script = known.get(scriptId) ?? {
      url,
      text: (
        await inspector.call<{ readonly scriptSource: string }>('Debugger.getScriptSource', {
          scriptId: String(scriptId),
        })
      ).scriptSource,
    };
    known.set(scriptId, script);
    return script;
  };
}
