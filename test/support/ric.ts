// AWS's runtime client for a test: there, or the reason why the test is skipped; on CI it has to be there.

import { ensureRic, RicError } from '../../tools/setup/ric.ts';

/** The client's entry file, and whether to skip: false, or in one line what this machine lacks. */
export async function findRic(): Promise<{ readonly entry: string; readonly skip: string | false }> {
  const ric = await ensureRic().catch((error: unknown) => {
    // The first installation takes a network.
    if (process.env['CI'] === 'true' || !(error instanceof RicError)) throw error;
    return { kind: 'missing', reason: error.message.split('\n')[0] ?? error.message } as const;
  });
  if (ric.kind === 'ready') return { entry: ric.entry, skip: false };
  if (process.env['CI'] === 'true') throw new Error(`${ric.reason}; CI must have it`);
  return { entry: '', skip: ric.reason };
}
