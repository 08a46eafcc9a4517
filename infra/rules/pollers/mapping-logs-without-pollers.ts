import { guide, isProvisioned, type Rule } from '../rule.ts';
import { onDemand } from './on-demand.ts';

export const mappingLogsWithoutPollers: Rule = {
  refuses: 'logs of the mapping without provisioned pollers',
  evidence: [guide('esm-logging', 'mappings log for Kafka in provisioned mode only')],
  proofs: [
    {
      failing: { overrides: onDemand, mappingLogLevel: 'INFO' },
      failingAlso: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
      passing: { mappingLogLevel: 'INFO' },
    },
    {
      about: 'also where the definition asks for none',
      failing: { definition: { provisionedPollers: false }, mappingLogLevel: 'INFO' },
      passing: { definition: { provisionedPollers: false } },
    },
  ],
  check(input) {
    const level = input.mapping.LoggingConfig?.SystemLogLevel;
    if (isProvisioned(input) || level === undefined) return undefined;
    return {
      field: 'ProvisionedPollerConfig',
      got: `none with SystemLogLevel ${level}`,
      why: 'AWS lets mappings log in provisioned mode only; there would be no such log',
      remedy: 'keep provisioned pollers, or leave mappingLogLevel out',
    };
  },
};
