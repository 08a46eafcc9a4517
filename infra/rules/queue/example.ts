// A consumer in queue mode that breaks no rule.

import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ExampleKit, ExampleProps } from '../rule.ts';

const settings = {
  definition: { order: 'none', batch: { maximumBatchingWindowSeconds: 0 } },
} as const satisfies ExampleProps;

/** What queue mode asks of a definition, and all of such a consumer. */
export const queue = {
  settings,
  selfManaged: ({ stack, id, secretArn }: ExampleKit): ExampleProps => ({
    ...settings,
    consumptionMode: 'queue',
    source: {
      type: 'self-managed-scram-512',
      bootstrapServers: ['kafka.example:9096'],
      secret: Secret.fromSecretCompleteArn(stack, id(), secretArn),
    },
  }),
} as const;
