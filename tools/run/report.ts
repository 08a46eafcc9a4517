// What a person reads of a run: the live rows, one line per event worth a look, and the summary with its proof.

import type { Style } from '../terminal/style.ts';
import { toAmount, toCount, toTable } from '../terminal/table.ts';
import type { LocalEvent } from '../local/events.ts';
import type { Discarded, MappingStatus } from '../local/mapping/mapping-status.ts';
import type { Account } from '../proof/reconciliation.ts';
import type { Finding } from './fail-fast.ts';
import type { Failure } from './failures.ts';

/** How a run ended; this is also the document that `--json` prints. */
export interface RunResult {
  readonly isProven: boolean;
  readonly produced: number;
  readonly seed: number;
  /** From the command's start until a function reported its first record, milliseconds; null when none did. */
  readonly firstRecordMs: number | null;
  readonly durationMs: number;
  readonly consumers: readonly ConsumerResult[];
}

/** One consumer's part of the result. */
export interface ConsumerResult {
  readonly account: Account;
  readonly status: MappingStatus;
  /** Whether its destination was read back, or only its function's own report counted. */
  readonly isReadBack: boolean;
}

/** The rows of the live region; `busyMs` is the time between the first and the last record so far. */
export function toLiveRows(statuses: readonly MappingStatus[], produced: number, busyMs: number): string[] {
  const head = [
    'consumer',
    'in',
    'done',
    'failed',
    'dead-lettered',
    'records/s',
    'lag',
    'invocations',
    'peak MB',
  ];
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
  return [`${toCount(produced)} produced`, ...toTable(head, rows)];
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
          `${toAmount(event.failed, 'record')} of ${toCount(event.records)} to come again or to be given up`,
      );
    case 'destination':
      return style.bad(`${event.consumer}: gave up ${toReason(event)}`);
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

/** The end of a run in lines: the proof per consumer first, then what it took. */
export function toSummary(result: RunResult, style: Style): string[] {
  const lines = ['', style.strong(`proof: ${toAmount(result.produced, 'record')} produced, then read back`)];
  const head = [
    'consumer',
    'produced',
    '=',
    'landed',
    '+',
    'dead-lettered',
    'missing',
    'doubled',
    'redelivered',
  ];
  const rows = result.consumers.map(({ account }) => [
    account.consumer,
    toCount(account.produced),
    account.landed + account.deadLettered + account.filtered === account.produced ? '=' : '!',
    toCount(account.landed),
    '+',
    toCount(account.deadLettered),
    toCount(account.missing),
    toCount(account.doubled),
    toCount(account.doublesAllowed),
  ]);
  const [title = '', ...body] = toTable(head, rows);
  lines.push(`   ${style.dim(title)}`);
  for (const [index, line] of body.entries()) {
    const { account, status } = result.consumers[index] as ConsumerResult;
    lines.push(
      `${account.isProven ? style.good('ok') : style.bad('NO')} ${line}`,
      ...toFindings(account, style),
      ...toGivenUpLines(status, style),
    );
  }
  const unread = result.consumers
    .filter(({ isReadBack }) => !isReadBack)
    .map(({ account }) => account.consumer);
  if (unread.length > 0)
    lines.push(
      style.dim(
        `   ${unread.join(', ')}: counted by what the function reported; nothing here can read its destination`,
      ),
    );
  lines.push('', ...toCosts(result));
  lines.push(
    '',
    result.isProven
      ? style.good('proven: produced = landed + dead-lettered, for every consumer')
      : style.bad('not proven: see the lines marked NO'),
  );
  return lines;
}

function toFindings(account: Account, style: Style): string[] {
  const codes = [...account.deadLettersByCode]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([code, count]) => `${code} ${toCount(count)}`);
  const lines: string[] = [];
  if (codes.length > 0) lines.push(style.dim(`     dead letters: ${codes.join(', ')}`));
  if (account.filtered > 0)
    lines.push(
      style.dim(`     ${toAmount(account.filtered, 'record')} kept from the function by its filters`),
    );
  if (account.missing > 0)
    lines.push(style.bad(`     missing: ${toList(account.missingPlaces, account.missing)}`));
  if (account.wrong > 0) lines.push(style.bad(`     wrong: ${toList(account.wrongPlaces, account.wrong)}`));
  if (account.foreign > 0)
    lines.push(style.dim(`     ${toAmount(account.foreign, 'record')} of other producers beside them`));
  return lines;
}

// Which records the mapping gave up, and where they are now: what somebody who looks for one of them needs first.
function toGivenUpLines({ discarded, discards }: MappingStatus, style: Style): string[] {
  const lines = discards.map((each) => {
    const text = `     given up: ${toReason(each)}`;
    return each.target === undefined ? style.bad(text) : style.dim(text);
  });
  const told = discards.reduce((sum, { records }) => sum + records, 0);
  if (discarded > told) lines.push(style.dim(`     given up: ${toAmount(discarded - told, 'record')} more`));
  return lines;
}

function toReason({ places, records, condition, errorType, target, error }: Discarded): string {
  const reason = errorType === undefined ? condition : `${condition} after ${errorType}`;
  const kept = error === undefined ? toPlace(target) : `not kept: ${error}`;
  return `${toList(places, records)} (${reason}), ${kept}`;
}

function toPlace(target: string | undefined): string {
  return target === undefined ? 'dropped: the mapping has no destination' : `kept in ${target}`;
}

function toList(some: readonly string[], total: number): string {
  if (some.length === 0) return toAmount(total, 'record');
  return some.join(', ') + (total > some.length ? `, and ${toCount(total - some.length)} more` : '');
}

function toCosts(result: RunResult): string[] {
  const head = ['consumer', 'pollers', 'invocations', 'failed', 'peak MB'];
  const rows = result.consumers.map(({ status }) => [
    status.consumer,
    toCount(status.mostPollers),
    toCount(status.invocations),
    toCount(status.failedInvocations),
    toCount(status.peakMemoryMb),
  ]);
  const first =
    result.firstRecordMs === null
      ? 'no record was processed'
      : `first record after ${seconds(result.firstRecordMs)} s`;
  return [
    ...toTable(head, rows).map((line) => `   ${line}`),
    '',
    `   ${first}, all in ${seconds(result.durationMs)} s, seed ${result.seed}`,
  ];
}

/** The result as a JSON document. */
export function toJson(result: object): string {
  return JSON.stringify(
    result,
    (_name, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value),
    2,
  );
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
