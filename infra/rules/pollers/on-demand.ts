// A mapping without pollers of its own, as overrides make it in examples.

/** Takes a property away. */
export const none = undefined;

/** All that AWS has in provisioned mode only, taken away. */
export const noControls = {
  MaximumRetryAttempts: none,
  MaximumRecordAgeInSeconds: none,
  BisectBatchOnFunctionError: none,
  FunctionResponseTypes: none,
} as const;

/** And the pollers as well. */
export const onDemand = { ...noControls, ProvisionedPollerConfig: none } as const;

/** What to do about a setting that needs pollers. */
export const keepPollers =
  'keep ProvisionedPollerConfig, or set provisionedPollers: false in the definition, which leaves these out as well';
