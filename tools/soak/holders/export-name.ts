// The name of a variable that a module exports. V8 keeps exported variables in cells that a heap snapshot shows without
// names, so the live process is asked for the scopes of one function of each module.
import type { HeapSnapshot } from '../../heap/snapshot.ts';
import { findExported, type FindScript, type SourcePlace } from '../../heap/source.ts';
import { SoakError } from '../error.ts';
import type { Inspector } from '../sandbox/inspector.ts';

/** An exported variable. */
export interface ExportedVariable {
  readonly name: string;
  /** Undefined where its declaration is not found. */
  readonly place: SourcePlace | undefined;
}

interface Property {
  readonly name: string;
  readonly value?: { readonly objectId?: string; readonly description?: string };
}

interface Properties {
  readonly result: readonly Property[];
  readonly internalProperties?: readonly Property[];
}

/**
 * Finds the exported variable whose value has this id in the heap; undefined where no module of the asset has one.
 * The debugger has to be enabled: without it V8 tells no scopes.
 */
export async function findExport(
  inspector: Inspector,
  {
    heap,
    valueId,
    findScript,
  }: { readonly heap: HeapSnapshot; readonly valueId: number; readonly findScript: FindScript },
): Promise<ExportedVariable | undefined> {
  const asked = new Set<number>();
  const closure = heap.nodeTypes.indexOf('closure');
  for (const [node, { scriptId }] of heap.locations) {
    // Objects have the place of their class.
    if (heap.nodeType[node] !== closure) continue;
    const script = asked.has(scriptId) ? undefined : await findScript(scriptId);
    if (script === undefined || !script.url.startsWith('file:')) continue;
    const variables = await readModuleScope(inspector, heap.nodeId[node] ?? 0);
    if (variables.length > 0) asked.add(scriptId);
    for (const { name, value } of variables) {
      if (value?.objectId === undefined || (await readHeapId(inspector, value.objectId)) !== valueId)
        continue;
      return { name, place: findExported(script, name) };
    }
  }
  return undefined;
}

// A function that was collected since the snapshot has no scopes to tell.
async function readModuleScope(inspector: Inspector, closureId: number): Promise<readonly Property[]> {
  try {
    return await readScope(inspector, closureId);
  } catch (error) {
    if (error instanceof SoakError && error.code === 'INSPECTOR') return [];
    throw error;
  }
}

async function readScope(inspector: Inspector, closureId: number): Promise<readonly Property[]> {
  const closure = await inspector.call<{ readonly result: { readonly objectId: string } }>(
    'HeapProfiler.getObjectByHeapObjectId',
    { objectId: String(closureId) },
  );
  const { internalProperties } = await readProperties(inspector, closure.result.objectId);
  const scopes = internalProperties?.find(({ name }) => name === '[[Scopes]]')?.value?.objectId;
  if (scopes === undefined) return [];
  const { result } = await readProperties(inspector, scopes);
  const scope = result.find(({ value }) => value?.description === 'Module')?.value?.objectId;
  return scope === undefined ? [] : (await readProperties(inspector, scope)).result;
}

async function readProperties(inspector: Inspector, objectId: string): Promise<Properties> {
  return await inspector.call<Properties>('Runtime.getProperties', { objectId, ownProperties: true });
}

async function readHeapId(inspector: Inspector, objectId: string): Promise<number> {
  const { heapSnapshotObjectId } = await inspector.call<{ readonly heapSnapshotObjectId: string }>(
    'HeapProfiler.getHeapObjectId',
    { objectId },
  );
  return Number(heapSnapshotObjectId);
}
