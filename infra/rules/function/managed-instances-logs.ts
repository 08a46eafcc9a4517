import type { Rule } from '../rule.ts';

const capacityProvider = 'arn:aws:lambda:eu-west-1:123456789012:capacity-provider:orders';

const memory = { sizeMb: 2048 };

export const managedInstancesLogs: Rule = {
  refuses: 'a function on Lambda Managed Instances whose logs are text',
  evidence: [
    {
      kind: 'api-model',
      from: 'aws-lambda-ric 4.0.2, read in its source',
      says: 'with several invocations at once its logger writes JSON, with the request id of each, whatever format is set',
      date: '2026-11',
    },
    {
      kind: 'inferred',
      from: 'the same',
      says: 'lines of several invocations stand side by side, and text lines of ours could not be told apart',
      date: '2026-11',
    },
  ],
  proofs: [
    {
      failing: { definition: { memory }, function: { capacityProvider, memorySize: 2048 } },
      passing: { definition: { memory }, function: { capacityProvider, memorySize: 2048, isJson: true } },
    },
  ],
  check({ function: { hasCapacityProvider, hasJsonLogs } }) {
    if (!hasCapacityProvider || hasJsonLogs !== false) return undefined;
    return {
      field: 'function',
      got: 'text logs on a capacity provider',
      why: 'lines of several invocations stand side by side, and only JSON lines say whose they are',
      remedy: 'set loggingFormat: LoggingFormat.JSON',
    };
  },
};
