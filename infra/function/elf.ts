// An addon of the wrong CPU loads nowhere but on the developer's machine, and fails only once it is in Lambda. This
// reads the CPU out of the file itself, whatever it is named.

import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { shortenStack } from '../../lib/definition/shorten-stack.ts';
import { lambdaCpus, type LambdaCpu } from './lambda-cpu.ts';

/** A native addon in a function's asset is not for the function's CPU. */
export class AddonCpuError extends Error {
  override readonly name = 'AddonCpuError';
  readonly code = 'WRONG_ADDON_CPU';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    shortenStack(this);
  }
}

/** The ELF `e_machine` of a file, a 16-bit number such as 183 for AArch64; undefined when it is no ELF file. */
export function readElfMachine(path: string): number | undefined {
  // 4 bytes magic, class, data encoding (1 = little-endian), 10 bytes ABI and padding, 2 bytes type, 2 bytes machine.
  const header = Buffer.alloc(20);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, header, 0, 20, 0) < 20) return undefined;
  } finally {
    closeSync(file);
  }
  if (header.toString('latin1', 0, 4) !== '\u007fELF') return undefined;
  return header[5] === 2 ? header.readUInt16BE(18) : header.readUInt16LE(18);
}

/**
 * Checks every `.node` file below a folder.
 *
 * @throws AddonCpuError `WRONG_ADDON_CPU` for the first one that is not for the function's CPU
 */
export function assertCpu(folder: string, cpu: LambdaCpu = 'arm64'): void {
  const expected = lambdaCpus[cpu].elfMachine;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.node')) continue;
    const machine = readElfMachine(join(folder, name));
    if (machine === expected) continue;
    throw new AddonCpuError(
      `wrong CPU of the addon ${name}, got ELF machine ${machine ?? 'none'}, expected ${expected} (${cpu}); ` +
        'delete its folder and synthesize again',
    );
  }
}
