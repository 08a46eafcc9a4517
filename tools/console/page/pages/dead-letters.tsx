// Dead letters, wherever the app keeps them: listed, planned to be sent again, and sent once the plan is confirmed.
import { useEffect, useState } from 'preact/hooks';
import type { DeadLetterList, DeadLetterRow, RedrivePlan, RedriveResult } from '../../record-wire.ts';
import { ask, useAction, useAsk } from '../api/ask.ts';
import { toAmount, toCount, toMoment } from '../format.ts';
import { toNames, type Live } from '../api/live.ts';
import { Empty, Failure, Section, Select, Table } from '../parts.tsx';
import { go, toHref, toRecordHref, type Route } from '../route.ts';

/** Draws it. */
export function DeadLettersPage({ live, route }: { readonly live: Live; readonly route: Route }) {
  const consumer = route.query.get('consumer') ?? '';
  const code = route.query.get('code') ?? '';
  const choice = { ...(consumer !== '' && { consumer }), ...(code !== '' && { code }) };
  const reachesFunction = consumer !== '' && (live.info?.redrivesTo.includes('function') ?? false);
  const [wanted, setWanted] = useState<'function' | 'topic'>('function');
  const to = reachesFunction ? wanted : 'topic';
  const plan = useAction(async () => await ask<RedrivePlan>('/dead-letters/plan', { ...choice, to }));
  const redrive = useAction(
    async (name: string) => await ask<RedriveResult>('/dead-letters/redrive', { plan: name }),
  );
  const sent =
    live.overview?.consumers.reduce((sum, each) => sum + each.deadLettered + each.discarded, 0) ?? 0;
  const asked = useAsk<DeadLetterList>(
    `/dead-letters?${new URLSearchParams(choice)}`,
    `${sent} ${redrive.data?.account}`,
  );
  useEffect(() => {
    plan.reset();
    redrive.reset();
  }, [consumer, code, to]);
  const codes = [...new Set((asked.data?.letters ?? []).map((letter) => letter.code))];
  const refusal = live.info?.refusals.send ?? null;
  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Select
          label="Consumer"
          value={consumer}
          options={[['', 'all'], ...toNames(live).map((name) => [name, name] as const)]}
          onChange={(value) => go(toHref('dead-letters', { consumer: value }))}
        />
        <Select
          label="Code"
          value={code}
          options={[
            ['', 'all'],
            ...[...new Set([...codes, ...(code === '' ? [] : [code])])].map((name) => [name, name] as const),
          ]}
          onChange={(value) => go(toHref('dead-letters', { consumer, code: value }))}
        />
        {reachesFunction && (
          <Select
            label="Send to"
            value={to}
            options={[
              ['function', 'the function'],
              ['topic', 'the topic'],
            ]}
            onChange={(value) => setWanted(value === 'topic' ? 'topic' : 'function')}
          />
        )}
        <button
          type="button"
          disabled={plan.isBusy || (asked.data?.total ?? 0) === 0}
          onClick={() => {
            redrive.reset();
            plan.run(undefined);
          }}
        >
          Plan to send again
        </button>
      </form>
      <Failure error={plan.error ?? redrive.error ?? asked.error} />
      {plan.data !== undefined && redrive.data === undefined && (
        <Plan
          plan={plan.data}
          to={to}
          refusal={refusal}
          isBusy={redrive.isBusy}
          onConfirm={redrive.run}
          onCancel={plan.reset}
        />
      )}
      {redrive.data !== undefined && <Result result={redrive.data} />}
      {(asked.data?.problems ?? []).map((problem) => (
        <p class="note">{problem}</p>
      ))}
      <Letters list={asked.data} />
    </>
  );
}

function Plan({
  plan,
  to,
  refusal,
  isBusy,
  onConfirm,
  onCancel,
}: {
  readonly plan: RedrivePlan;
  readonly to: 'function' | 'topic';
  readonly refusal: string | null;
  readonly isBusy: boolean;
  readonly onConfirm: (name: string) => void;
  readonly onCancel: () => void;
}) {
  const skipped = Object.entries(plan.skip);
  return (
    <Section title="Plan">
      <p>
        {toAmount(plan.send, 'record')} to {plan.target}, each key in the order of its offsets.{' '}
        {to === 'topic'
          ? 'All consumers of the topic get them.'
          : 'They keep their own offsets; no other consumer gets them.'}
      </p>
      <ul>
        {skipped.map(([why, count]) => (
          <li>
            {toCount(count)} not: {why}
          </li>
        ))}
        {plan.uncertain > 0 && <li>{toCount(plan.uncertain)} of them may not have failed.</li>}
        {plan.overtakenUnknown !== null && (
          <li>Later records of the same keys were not looked for: {plan.overtakenUnknown}.</li>
        )}
        {plan.deletesMessages > 0 && (
          <li>
            {toAmount(plan.deletesMessages, 'message')} will be deleted from their queue once all their
            records succeed.
          </li>
        )}
      </ul>
      <div class="actions">
        <button
          type="button"
          class="primary"
          disabled={isBusy || plan.send === 0 || refusal !== null}
          onClick={() => onConfirm(plan.plan)}
        >
          {plan.send === 0 ? 'Nothing to send' : `Send ${toAmount(plan.send, 'record')}`}
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
        {refusal !== null && <span class="note">{refusal}</span>}
      </div>
    </Section>
  );
}

function Result({ result }: { readonly result: RedriveResult }) {
  return (
    <Section title="Sent">
      <p role="status">
        Planned {toCount(result.planned)} = succeeded {toCount(result.succeeded)} + failed again{' '}
        {toCount(result.failedAgain)} + skipped {toCount(result.skipped)}
        {result.open > 0 && ` + not sent ${toCount(result.open)}`}.
      </p>
      {result.reasons.map((reason) => (
        <p class="failure">Failed again: {reason}</p>
      ))}
      {result.stopped !== null && <p class="failure">Stopped: {result.stopped}</p>}
      <p class="note">
        Account: <code>{result.account}</code>
      </p>
    </Section>
  );
}

function Letters({ list }: { readonly list: DeadLetterList | undefined }) {
  if (list === undefined) return <p class="note">Reading where they are kept</p>;
  if (list.total === 0) return <Empty>No dead letters.</Empty>;
  return (
    <Section
      title="Kept"
      aside={
        <span class="note">
          {toAmount(list.total, 'dead letter')}
          {list.letters.length < list.total && `, the newest ${toCount(list.letters.length)}`}
        </span>
      }
    >
      <ul class="facts">
        {list.groups.map(({ name, count }) => (
          <li>
            <b>{toCount(count)}</b> {name}
          </li>
        ))}
      </ul>
      <Table
        label="Dead letters"
        heads={['Record', 'Consumer', 'Code', 'Failed', { number: 'Calls' }, 'Kept at']}
      >
        {list.letters.map((letter) => (
          <Letter key={letter.id} letter={letter} />
        ))}
      </Table>
    </Section>
  );
}

function Letter({ letter }: { readonly letter: DeadLetterRow }) {
  return (
    <tr>
      <td>
        <a href={toRecordHref(letter.consumer, letter.partition, letter.offset)}>{letter.place}</a>
      </td>
      <td>{letter.consumer}</td>
      <td>
        <code>{letter.code}</code>
        {letter.lost !== null && <span class="note"> its bytes are gone: {letter.lost}</span>}
      </td>
      <td class="time">{toMoment(letter.failedAt)}</td>
      <td class="num">{letter.attempts ?? '–'}</td>
      <td class="kept" title={letter.keptAt}>
        {letter.keptAt}
      </td>
    </tr>
  );
}
