// What a person reads while a run runs: how it starts, the live rows, and one line per event worth a look.

import type { AwsEndpoints } from '../../aws/endpoints.ts';
import type { Denial } from '../../aws/permissions/guard.ts';
import type { LocalEvent } from '../../local/events.ts';
import type { MappingStatus } from '../../local/mapping/mapping-status.ts';
import type { Style } from '../../terminal/style.ts';
import { toAmount, toCount, toTable } from '../../terminal/table.ts';
import type { Finding } from '../verdict/fail-fast.ts';
import type { Failure } from '../verdict/failures.ts';
import type { Session } from '../session/session.ts';
import { toReason } from './summary.ts';

/** What a run stands on, and how the AWS command line gets there. */
export function toStartLines({ broker, endpoints, app }: Session, memoryCap: string): string[] {
  const consumers = app.mappings.map(({ consumer, topic }) => `${consumer} (${topic})`);
  const where = { embedded: 'embedded Kafka', apache: 'Apache Kafka', external: 'Kafka' }[broker.kind];
  return [
    `${where} at ${broker.bootstrapServers}; S3, SQS, SNS and DynamoDB on 127.0.0.1, for the AWS CLI:`,
    ...toExports(endpoints),
    `consumers: ${consumers.join(', ')}; memory limited by ${memoryCap}`,
  ];
}

const forCli = [
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_DYNAMODB',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_REGION',
];

function toExports({ environment }: Pick<AwsEndpoints, 'environment'>): string[] {
  return forCli.map((name) => `  export ${name}=${environment[name] ?? ''}`);
}

/** The rows of the live region; `busyMs` is the time between the first and the last record so far. */
export function toLiveRows(
  statuses: readonly MappingStatus[],
  produced: number | undefined,
  busyMs: number,
): string[] {
  const head = ['consumer', 'in', 'done', 'failed', 'dead', 'records/s', 'lag', 'calls', 'peak MB'];
  const rows = statuses.map((status) => [
    status.consumer,
    toCount(status.polled),
    toCount(status.done + status.skipped),
    toCount(status.redelivered),
    toCount(status.deadLettered + status.discarded),
    toRate(status, busyMs),
    toCount(status.lag),
    toCount(status.invocations),
    toCount(status.peakMemoryMb),
  ]);
  return [...(produced === undefined ? [] : [`${toCount(produced)} produced`]), ...toTable(head, rows)];
}

/** Records a second; a dash while there is too little time to tell. */
function toRate({ done, skipped, deadLettered }: MappingStatus, busyMs: number): string {
  return busyMs < 500 ? '-' : toCount(((done + skipped + deadLettered) / busyMs) * 1000);
}

/** One line for an event that a person would want to know of; undefined for all others. */
export function toEventLine(event: LocalEvent, style: Style): string | undefined {
  switch (event.kind) {
    case 'invocation':
      if (event.status === 'ok') return undefined;
      return style.warn(
        `${event.consumer}: invocation ended in ${event.status}${event.errorType ? ` (${event.errorType})` : ''}, ` +
          `${toAmount(event.failed, 'record')} of ${toCount(event.records)} to be sent again or discarded`,
      );
    case 'destination':
      return style.bad(`${event.consumer}: discarded ${toReason(event)}`);
    case 'fault':
      return style.warn(
        `${event.consumer}: fault injected: ${event.fault}, at invocation ${event.invocation}`,
      );
    case 'pollers':
      if (event.from === 0) return undefined;
      return style.dim(`${event.consumer}: pollers ${event.from} -> ${event.to} (lag ${toCount(event.lag)})`);
    case 'lost':
      return style.bad(
        `${event.consumer}: the broker dropped offsets ${event.from} to ${event.to - 1} of partition ${event.partition} unread`,
      );
    case 'stopped':
      return style.bad(`${event.consumer}: stopped: ${event.reason}`);
    case 'warning':
      return style.dim(`${event.consumer}: ${event.message}`);
    default:
      return undefined;
  }
}

/** A call that AWS would deny, and the grant that lacks. */
export function toDeniedLine({ caller, action, resource, reason }: Denial): string {
  return reason === 'explicit'
    ? `denied: ${caller} may not ${action} on ${resource}; a statement of its policies denies it`
    : `denied: ${caller} may not ${action} on ${resource}; its role lacks a grant of it`;
}

/** Why a consumer does none of its work, in words; `failures` are its first ones. */
export function toFindingLine(
  { consumer, what, failed, stops }: Finding,
  failures: readonly Failure[],
): string {
  const [first] = failures;
  const said = first === undefined ? '' : `: ${first.text}`;
  const end = stops ? '; stopped' : '';
  return what === 'does not load'
    ? `${consumer}: its function does not load${said}${end}`
    : `${consumer}: all of its ${failed} invocations have failed${said}${end}`;
}
