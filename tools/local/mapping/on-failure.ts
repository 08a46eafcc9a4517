// The on-failure destination that a mapping names, and which ones AWS would refuse.
import type { Refuse } from './mapping-check.ts';

/** A mapping's on-failure destination. */
export type OnFailure =
  | { readonly type: 's3'; readonly bucket: string; readonly arn: string }
  | { readonly type: 'sqs'; readonly queue: string; readonly arn: string }
  | { readonly type: 'sns'; readonly arn: string }
  /** A topic of the same cluster; `arn` is its `kafka://` address. `isReadOnly`: nothing may be written there. Default false. */
  | { readonly type: 'kafka'; readonly topic: string; readonly arn: string; readonly isReadOnly?: boolean };

/** Reads a `DestinationConfig`; undefined without one. `topic` is the mapping's own. */
export function readDestination(config: unknown, topic: string, refuse: Refuse): OnFailure | undefined {
  const { OnFailure } = (config ?? {}) as { readonly OnFailure?: { readonly Destination?: unknown } };
  const arn = OnFailure?.Destination;
  if (typeof arn !== 'string') return undefined;
  if (arn.startsWith('kafka://')) {
    const name = arn.slice('kafka://'.length);
    if (name === topic)
      refuse(
        `the on-failure topic is the mapping's own, got ${arn}`,
        'name another topic of the cluster, or every failure is polled again',
      );
    return { type: 'kafka', topic: name, arn };
  }
  const [, , service, , , name = ''] = arn.split(':');
  if ((service === 'sqs' || service === 'sns') && name.endsWith('.fifo'))
    refuse(`a FIFO on-failure destination is not possible, got ${arn}`, 'use a standard queue or topic');
  if (service === 's3') return { type: 's3', bucket: name, arn };
  if (service === 'sqs') return { type: 'sqs', queue: name, arn };
  if (service === 'sns') return { type: 'sns', arn };
  return refuse(
    `unknown on-failure destination, got ${arn}`,
    'use an S3 bucket, SQS queue, SNS topic or kafka://<topic>',
  );
}
