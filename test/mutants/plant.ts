// Plants a mutant into a text: checked, so that no mutant is taken for caught that has not been planted, or is no program.

import { transform } from 'esbuild';
import type { NamedMutant } from './mutant.ts';

/** A mutant that cannot be planted: its text is gone, or what it makes is no program. Names the mutant and its file. */
export class PlantError extends Error {
  override readonly name = 'PlantError';
  readonly code = 'NOT_PLANTED';
}

/** The changed text of the mutant's file. @throws PlantError `NOT_PLANTED` */
export async function plant({ name, file, find, replace }: NamedMutant, text: string): Promise<string> {
  const refuse = (got: string, expected: string): never => {
    throw new PlantError(`mutant "${name}" cannot be planted, ${file} has ${got}, expected ${expected}`);
  };
  const times = text.split(find).length - 1;
  if (times !== 1)
    refuse(`its text ${times} times`, 'it once; write the mutant anew for what the file is now');
  if (find === replace) refuse('the same text afterwards', 'another one');
  const changed = text.replace(find, () => replace);
  try {
    await transform(changed, { loader: 'ts', logLevel: 'silent' });
  } catch (error) {
    const [, what] = (error as Error).message.split('ERROR: ');
    refuse(`no program afterwards: ${what}`, 'one that loads');
  }
  return changed;
}
