// An account as a killed run leaves it.
import { readFile, truncate } from 'node:fs/promises';

/** As if the run had been killed there: what is behind the first line with these words was never written. */
export async function cutOff(account: string, words: string): Promise<void> {
  const lines = (await readFile(account, 'utf8')).split('\n');
  const end = lines.findIndex((line) => line.includes(words)) + 1;
  await truncate(account, Buffer.byteLength(`${lines.slice(0, end).join('\n')}\n`));
}
