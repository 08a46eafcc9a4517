// One record on to the queue: as it is where a message can carry it, by claim check where not. Own file: handler.ts only
// wires it to its environment.

import { DeadLetterError, type RecordFunction } from '../../lib/index.ts';
import { SettingError, type Environment } from '../environment.ts';
import type { ClaimChecks } from './claim-check.ts';
import { isSendable, toMessage } from './message.ts';
import { maxBatchBytes, type Outbox } from './outbox.ts';

/** What relaying needs. */
export interface RelayerOptions {
  readonly outbox: Outbox;
  readonly claimChecks: ClaimChecks;
  /** Messages larger than this go by claim check, 1..1048576 bytes, attributes included. */
  readonly maxBodyBytes: number;
}

/**
 * Makes the function that relays a record; it settles once SQS has the message.
 *
 * The claim check's object is written before its message, so no reader finds a message without its body.
 */
export function createRelayer({
  outbox,
  claimChecks,
  maxBodyBytes,
}: RelayerOptions): RecordFunction<string, Buffer> {
  return {
    async record(record, { signal }) {
      const message = toMessage(record);
      if (message.bytes <= maxBodyBytes && isSendable(message.body)) return outbox.send(message, signal);
      const claim = await claimChecks.check(message, record, signal);
      if (claim.bytes > maxBatchBytes) {
        throw new DeadLetterError(
          'ATTRIBUTES_TOO_LARGE',
          `message is too large without its body, got ${claim.bytes} bytes of key and headers, ` +
            `expected at most ${maxBatchBytes}; produce a shorter key or fewer headers`,
        );
      }
      return outbox.send(claim, signal);
    },
  };
}

/**
 * `RELAY_MAX_BODY_BYTES`, by default 262,144: what every SQS reader and its memory have been made for.
 *
 * @throws SettingError `INVALID_ENVIRONMENT`
 */
export function readMaxBodyBytes(environment: Environment = process.env): number {
  const given = environment['RELAY_MAX_BODY_BYTES'] ?? '262144';
  const bytes = Number(given);
  if (Number.isInteger(bytes) && bytes >= 1 && bytes <= maxBatchBytes) return bytes;
  throw new SettingError('RELAY_MAX_BODY_BYTES', given, `an integer 1..${maxBatchBytes}`);
}

/**
 * `RELAY_QUEUE_URL`, which must be a FIFO queue's: any other refuses every message, which would dead-letter the topic.
 *
 * @throws SettingError `INVALID_ENVIRONMENT`
 */
export function parseQueueUrl(url: string): string {
  if (url.endsWith('.fifo')) return url;
  throw new SettingError('RELAY_QUEUE_URL', url, "a FIFO queue's URL, which ends in .fifo");
}
