// What AWS is told where it reads no partial response: without pollers of its own a mapping takes a batch as done unless the
// invocation fails, and sends the whole of it again when it does.

import type { ConsumerDefinition } from '../../definition/define-consumer.ts';
import type { BatchResponse } from '../event/event.ts';

/** Records failed in an invocation whose mapping has no partial responses: AWS sends its whole batch again. */
export class BatchFailedError extends Error {
  override readonly name = 'BatchFailedError';
  readonly code = 'BATCH_FAILED';
  readonly failedRecords: number;

  constructor(consumer: string, failedRecords: number) {
    super(
      `the batch of consumer ${JSON.stringify(consumer)} failed, got ${failedRecords} records to deliver again, expected none; ` +
        'with provisionedPollers: false AWS sends the whole batch again',
    );
    this.failedRecords = failedRecords;
  }
}

/**
 * The response as the mapping takes it.
 *
 * @throws BatchFailedError `BATCH_FAILED` for a response that a mapping without pollers of its own would not read
 */
export function toMappingResponse(
  { name, provisionedPollers }: Pick<ConsumerDefinition, 'name' | 'provisionedPollers'>,
  response: BatchResponse,
): BatchResponse {
  const { length } = response.batchItemFailures;
  if (provisionedPollers === false && length > 0) throw new BatchFailedError(name, length);
  return response;
}
