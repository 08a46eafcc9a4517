// The definition of a consumer, by the convention of its folder: `<anywhere>/<name>/consumer.ts`, as `handlers/orders/consumer.ts` or
// `consumers/orders/consumer.ts`; its memory.json and a sample of its records stand beside it.

import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import type { ConsumerDefinition } from '../../lib/index.ts';
import { UsageError } from '../command.ts';
import { ensureOwnFolder } from './own-folder.ts';
import { createTemporaryFolder } from '../temporary-folder.ts';

/** What the project's folder has of a consumer. */
export interface OwnConsumer {
  /** The folder of its definition, absolute; undefined: the project has none of that name. */
  readonly folder: string | undefined;
  /** undefined: the app has it, and the project has no definition of it. */
  readonly definition: ConsumerDefinition | undefined;
  /** Why there is none although there is a file for it. */
  readonly problem: string | undefined;
  /** A file of records beside it. */
  readonly samplePath: string | undefined;
}

const fileNames = ['consumer.ts', 'consumer.mts', 'consumer.js', 'consumer.mjs'];

/** Looks for a consumer in the project's folder. */
export async function findOwnConsumer(project: string, consumer: string): Promise<OwnConsumer> {
  const nothing = { definition: undefined, problem: undefined };
  // A consumer of an app may be called function/topic, which is no folder.
  const folder = /^[\w-]+$/.test(consumer) ? await findFolder(project, consumer) : undefined;
  if (folder === undefined) return { ...nothing, folder, samplePath: undefined };
  const sample = join(folder, 'sample.ndjson');
  const samplePath = existsSync(sample) ? sample : undefined;
  const path = fileNames.map((name) => join(folder, name)).find(existsSync);
  if (path === undefined) return { ...nothing, folder, samplePath };
  return { folder, samplePath, ...(await loadDefinition(path, consumer, project)) };
}

/** The definition of a consumer of the project. @throws UsageError `USAGE` when there is none of that name, or it does not load */
export async function readDefinition(
  project: string,
  consumer: string,
): Promise<{ readonly definition: ConsumerDefinition; readonly folder: string }> {
  const { definition, problem, folder } = await findOwnConsumer(project, consumer);
  if (definition !== undefined && folder !== undefined) return { definition, folder };
  const known = await listConsumers(project);
  throw new UsageError(
    problem === undefined
      ? `no definition of that name, got ${JSON.stringify(consumer)}, expected one of ${known.join(', ') || 'none'}; ` +
          `write it into ${consumer}/consumer.ts`
      : `${consumer} has a definition that cannot be used: ${problem}`,
  );
}

/** Names of the consumers that are defined. */
async function listConsumers(project: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const path of await find(project, '**/consumer.{ts,mts,js,mjs}')) {
    const name = basename(dirname(path));
    if ((await loadDefinition(path, name, project)).definition !== undefined) names.push(name);
  }
  return [...new Set(names)].toSorted();
}

async function findFolder(project: string, consumer: string): Promise<string | undefined> {
  const files = await find(project, `**/${consumer}/{consumer.{ts,mts,js,mjs},sample.ndjson}`);
  const folders = [...new Set(files.map(dirname))];
  // The nearest to the top: a copy of it may stand deeper.
  return folders.toSorted((a, b) => a.length - b.length || a.localeCompare(b))[0];
}

/** Folders of packages, builds and tests. */
function isForeign(name: string): boolean {
  return /^(?:node_modules|cdk\.out|dist|test|\..*)$/.test(name);
}

async function find(project: string, pattern: string): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const path of glob(pattern, { cwd: project, exclude: isForeign }))
    paths.push(join(project, path));
  return paths;
}

async function loadDefinition(
  path: string,
  consumer: string,
  project: string,
): Promise<Pick<OwnConsumer, 'definition' | 'problem'>> {
  try {
    const exported = Object.values(await load(path, project));
    const definition = exported.find((each) => isDefinition(each) && each.name === consumer);
    const problem =
      definition === undefined ? `no export of ${path} is named ${JSON.stringify(consumer)}` : undefined;
    return { definition: definition as ConsumerDefinition | undefined, problem };
  } catch (error) {
    const [problem = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return { definition: undefined, problem: `${path} does not load: ${problem}` };
  }
}

/** Node alone reads what its type stripping takes; the rest (imports without extension, enums, path aliases) takes a bundler. */
async function load(path: string, project: string): Promise<object> {
  try {
    return (await import(pathToFileURL(path).href)) as object;
  } catch (error) {
    const { path: folder, remove } = await createTemporaryFolder(
      'definition',
      ensureOwnFolder(project, 'definition'),
    );
    try {
      const outfile = join(folder, 'consumer.mjs');
      buildSync({
        entryPoints: [path],
        outfile,
        bundle: true,
        platform: 'node',
        format: 'esm',
        packages: 'external',
        logLevel: 'silent',
      });
      return (await import(pathToFileURL(outfile).href)) as object;
    } catch {
      throw error; // what Node said of the file itself
    } finally {
      await remove();
    }
  }
}

function isDefinition(value: unknown): value is ConsumerDefinition {
  return (
    typeof value === 'object' && value !== null && 'name' in value && 'topic' in value && 'limits' in value
  );
}
