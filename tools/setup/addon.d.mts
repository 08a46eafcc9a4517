// What TypeScript sees of addon.mjs, which is plain JavaScript because it runs before the project's own Node is there.

/** The arm64 addon could not be fetched, or is not the one that package-lock.json names. */
export class AddonError extends Error {
  readonly code: 'LAMBDA_ADDON_UNAVAILABLE';
}

/**
 * Makes `<root>/.cache/lambda-arm64` hold the arm64 lz4 addon that `<root>/package-lock.json` names, fetching it with
 * npm when it is not there yet.
 *
 * @throws AddonError `LAMBDA_ADDON_UNAVAILABLE`
 */
export function ensureLambdaAddon(
  root: string,
  options?: { readonly onFetch?: (message: string) => void },
): Promise<{ readonly addonPath: string; readonly fetched: boolean }>;
