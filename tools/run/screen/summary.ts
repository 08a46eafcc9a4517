// The end of a run in lines: the proof per consumer first, then what it took.

import type { Denial } from '../../aws/permissions/guard.ts';
import type { Discarded, MappingStatus } from '../../local/mapping/mapping-status.ts';
import type { Account } from '../../proof/reconciliation.ts';
import type { Style } from '../../terminal/style.ts';
import { toAmount, toCount, toTable } from '../../terminal/table.ts';
import type { ConsumerResult, RunResult, Verdict } from '../verdict/verdict.ts';

const marks: Readonly<Record<Verdict, string>> = {
  proven: 'ok',
  disproved: 'NO',
  undecided: '??',
  idle: '--',
};
const indent = '   ';

/** The summary. */
export function toSummary(result: RunResult, style: Style): string[] {
  const title =
    result.verdict === 'idle'
      ? 'nothing was sent'
      : `proof: ${toAmount(result.produced, 'record')} produced, then read back`;
  return [
    '',
    style.strong(title),
    ...toProof(result, style),
    '',
    ...toWork(result),
    '',
    ...result.denied.flatMap((denial) => toDeniedLines(denial, style)),
    ...result.missedFaults.map((fault) => style.bad(`${indent}fault that never happened: ${fault}`)),
    toConclusion(result, style),
  ];
}

function toProof({ consumers, minShare }: RunResult, style: Style): string[] {
  const head = ['consumer', 'produced', '=', 'processed', '+', 'dead-lettered', 'missing', 'doubled'];
  const rows = consumers.map(({ account }) => [
    account.consumer,
    toCount(account.produced),
    account.processed + account.deadLettered + account.filtered === account.produced ? '=' : '!',
    toCount(account.processed),
    '+',
    toCount(account.deadLettered),
    toCount(account.missing),
    toCount(account.doubled),
  ]);
  const [title = '', ...body] = toTable(head, rows, 80 - indent.length);
  const lines = [`${indent}${style.dim(title)}`];
  for (const [index, line] of body.entries()) {
    const consumer = consumers[index] as ConsumerResult;
    lines.push(
      `${toMark(consumer.verdict, style)} ${line}`,
      ...toFindings(consumer.account, style),
      ...toDiscardLines(consumer.status, style),
      ...toDoubts(consumer, minShare, style),
    );
  }
  const unread = consumers.filter(({ account }) => !account.isReadBack && account.produced > 0);
  if (unread.length > 0)
    lines.push(
      style.dim(
        `${indent}${unread.map(({ account }) => account.consumer).join(', ')}: counted by what was answered; nothing here can read the destination`,
      ),
    );
  return lines;
}

/** What a role lacks, so that it can be granted: the local AWS and the real one have denied it alike. */
function toDeniedLines({ caller, action, resource, reason, calls }: Denial, style: Style): string[] {
  const lacks =
    reason === 'explicit'
      ? 'a statement of its policies denies it'
      : `its role lacks a grant of ${action} on this`;
  return [
    style.bad(`${indent}denied: ${caller}, ${action} (${toAmount(calls, 'call')})`),
    style.bad(`${indent}  on ${resource}`),
    style.bad(`${indent}  ${lacks}`),
  ];
}

function toMark(verdict: Verdict, style: Style): string {
  const mark = marks[verdict];
  if (verdict === 'proven') return style.good(mark);
  return verdict === 'idle' ? style.dim(mark) : verdict === 'undecided' ? style.warn(mark) : style.bad(mark);
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
  if (account.unexplained > 0)
    lines.push(
      style.bad(
        `     ${toAmount(account.unexplained, 'copy').replace('copys', 'copies')} that no delivery explains`,
      ),
    );
  if (account.wrong > 0) lines.push(style.bad(`     wrong: ${toList(account.wrongPlaces, account.wrong)}`));
  if (account.foreign > 0)
    lines.push(style.dim(`     ${toAmount(account.foreign, 'record')} of other producers in the topic`));
  return lines;
}

// Which records the mapping discarded, and where they are now: what somebody who looks for one of them needs first.
function toDiscardLines({ discarded, discards }: MappingStatus, style: Style): string[] {
  const lines = discards.map((each) => {
    const text = `     discarded: ${toReason(each)}`;
    return each.target === undefined ? style.bad(text) : style.dim(text);
  });
  const told = discards.reduce((sum, { records }) => sum + records, 0);
  if (discarded > told) lines.push(style.dim(`     discarded: ${toAmount(discarded - told, 'record')} more`));
  return lines;
}

/** Why there is no verdict: the work that was not done, and what the function says of it. */
function toDoubts(
  { verdict, account, stopped, failures }: ConsumerResult,
  minShare: number,
  style: Style,
): string[] {
  if (verdict !== 'undecided') return [];
  const share = account.produced > 0 ? account.processedShare : account.processed / Math.max(1, account.seen);
  const why =
    stopped === 'does not load'
      ? 'its function does not load'
      : `processed ${toPercent(share)} of the good records, less than ${toPercent(minShare)}`;
  return [
    style.warn(`     no verdict: ${why}`),
    ...failures.map(({ text, count }) =>
      style.warn(`     ${count > 1 ? `${toCount(count)} times ` : ''}${text}`),
    ),
  ];
}

function toPercent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}

/** Records, why they were discarded, and where they are. */
export function toReason({ places, records, condition, errorType, target, error }: Discarded): string {
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

function toWork(result: RunResult): string[] {
  const head = ['consumer', 'seen', 'redelivered', 'pollers', 'invocations', 'failed', 'peak MB'];
  const rows = result.consumers.map(({ account, status }) => [
    status.consumer,
    toCount(account.seen),
    toCount(status.redelivered),
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
    ...toTable(head, rows, 80 - indent.length).map((line) => indent + line),
    '',
    `${indent}${first}, all in ${seconds(result.durationMs)} s, seed ${result.seed}`,
  ];
}

function toConclusion({ verdict, exitCode, consumers, minShare }: RunResult, style: Style): string {
  if (verdict === 'proven' && exitCode !== 0)
    return style.bad('not proven: a fault was asked for that never happened');
  switch (verdict) {
    case 'proven':
      return style.good('proven: produced = processed + dead-lettered, for every consumer');
    case 'disproved':
      return style.bad('not proven: see the lines marked NO');
    case 'undecided':
      return style.warn(
        `no verdict: a consumer has processed less than ${toPercent(minShare)} of what it was sent, see the lines marked ??`,
      );
    case 'idle': {
      const seen = consumers.reduce((sum, { account }) => sum + account.seen, 0);
      return style.dim(
        `nothing was sent, so nothing is proven; ${toAmount(seen, 'record')} of others came through`,
      );
    }
  }
}

/** A result as a JSON document. */
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
