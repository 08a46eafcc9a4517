// Tests that need the kernel to bound a process: skipped in one line where it cannot, and failed on CI, where nothing is skipped.

/** A test's `skip`: false where `isThere`, else the reason. @throws Error with `CI` set */
export function skipUnless(isThere: boolean, reason: string): string | false {
  if (isThere) return false;
  if (process.env['CI']) throw new Error(`${reason}, expected them on CI`);
  return reason;
}
