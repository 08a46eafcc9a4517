// A tool from PyPI for a test: there, or the reason why the test is skipped; on CI it has to be there.

import { ensurePythonTool, PythonToolError, type PythonToolName } from '../../tools/setup/python.ts';

/** The tool's program, and whether to skip: false, or in one line what this machine lacks. */
export async function findPythonTool(
  name: PythonToolName,
): Promise<{ readonly program: string; readonly skip: string | false }> {
  const tool = await ensurePythonTool(name).catch((error: unknown) => {
    // The first installation takes a network.
    if (process.env['CI'] === 'true' || !(error instanceof PythonToolError)) throw error;
    return { kind: 'missing', reason: error.message.split('\n')[0] ?? error.message } as const;
  });
  if (tool.kind === 'ready') return { program: tool.program, skip: false };
  if (process.env['CI'] === 'true') throw new Error(`${tool.reason}; CI must have it`);
  return { program: '', skip: tool.reason };
}
