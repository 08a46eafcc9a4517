// The definition of a consumer, by the convention of its folder: `handlers/<name>/consumer.ts`, with a sample of its records beside it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConsumerDefinition } from '../../../lib/index.ts';

/** What the project's folder has of a consumer. */
export interface OwnConsumer {
  /** undefined: the app has it, and the project has no definition of it. */
  readonly definition: ConsumerDefinition | undefined;
  /** Why there is none although there is a file for it. */
  readonly problem: string | undefined;
  /** A file of records beside it. */
  readonly samplePath: string | undefined;
}

/** Looks for a consumer in the project's folder. */
export async function findOwnConsumer(project: string, consumer: string): Promise<OwnConsumer> {
  const folder = join(project, 'handlers', consumer);
  const sample = join(folder, 'sample.ndjson');
  const samplePath = existsSync(sample) ? sample : undefined;
  const path = join(folder, 'consumer.ts');
  // A consumer of an app may be called function/topic, which is no folder.
  if (!/^[\w-]+$/.test(consumer) || !existsSync(path))
    return { definition: undefined, problem: undefined, samplePath };
  try {
    const exported = Object.values(
      (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>,
    );
    const definition = exported.find((each) => isDefinition(each) && each.name === consumer);
    const problem =
      definition === undefined ? `no export of ${path} is named ${JSON.stringify(consumer)}` : undefined;
    return { definition: definition as ConsumerDefinition | undefined, problem, samplePath };
  } catch (error) {
    const [problem = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return { definition: undefined, problem: `${path} does not load: ${problem}`, samplePath };
  }
}

function isDefinition(value: unknown): value is ConsumerDefinition {
  return (
    typeof value === 'object' && value !== null && 'name' in value && 'topic' in value && 'limits' in value
  );
}
