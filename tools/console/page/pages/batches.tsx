// Batches: a timeline of their invocations, one lane for each consumer and partition, and the same as a table.
import { useState } from 'preact/hooks';
import type { Batch, BatchList, Call } from '../../wire.ts';
import { useAsk } from '../api/ask.ts';
import { toAmount, toCount, toDuration, toExactClock, toSpans } from '../format.ts';
import { toNames, type Live } from '../api/live.ts';
import { Badge, Empty, Failure, Section, Select, TextField, Table } from '../parts.tsx';
import { go, toCallHref, toHref, type Route } from '../route.ts';
import { Timeline } from '../charts/timeline.tsx';

/** Draws it. */
export function BatchesPage({ live, route }: { readonly live: Live; readonly route: Route }) {
  const { query } = route;
  const [isHeld, setHeld] = useState(false);
  const consumer = query.get('consumer') ?? '';
  const partition = query.get('partition') ?? '';
  const trouble = query.get('trouble') ?? '';
  const before = query.get('before') ?? '';
  const to = (change: Readonly<Record<string, string>>): void =>
    go(toHref('batches', { consumer, partition, trouble, ...change }));
  const newest = live.overview?.history.newest ?? 0;
  const asked = useAsk<BatchList>(
    `/batches?${new URLSearchParams({ ...(consumer !== '' && { consumer }), partition, trouble, before })}`,
    // A page of older batches does not change, and one that is being read should not.
    isHeld || before !== '' ? 'held' : `${live.overview?.run} ${newest} ${live.overview?.at}`,
  );
  const batches = asked.data?.batches ?? [];
  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Select
          label="Consumer"
          value={consumer}
          options={[['', 'all'], ...toNames(live).map((name) => [name, name] as const)]}
          onChange={(value) => to({ consumer: value })}
        />
        <TextField
          label="Partition"
          type="number"
          value={partition}
          placeholder="all"
          onInput={(value) => to({ partition: value })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={trouble === '1'}
            onChange={(event) => to({ trouble: event.currentTarget.checked ? '1' : '' })}
          />
          Only with trouble
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={isHeld}
            onChange={(event) => setHeld(event.currentTarget.checked)}
          />
          Hold
        </label>
      </form>
      <Failure error={asked.error} />
      {batches.length > 0 && <Timeline batches={batches} />}
      {asked.data !== undefined && batches.length === 0 && (
        <Empty>{trouble === '1' ? 'No batch had trouble.' : 'No batch yet.'}</Empty>
      )}
      {batches.length > 0 && (
        <Section
          title={before === '' ? 'Newest batches' : 'Older batches'}
          aside={<span class="note">{toAmount(batches.length, 'row')}</span>}
        >
          <Table
            label="Batches"
            heads={[
              'Began',
              'Consumer',
              'Records',
              { number: 'Count' },
              { number: 'Calls' },
              { number: 'Time' },
              'Outcome',
            ]}
          >
            {batches.map((batch) => (
              <Row key={batch.batch} batch={batch} />
            ))}
          </Table>
          <p class="pager">
            {before !== '' && <a href={toHref('batches', { consumer, partition, trouble })}>Newest</a>}
            {asked.data?.more === true && (
              <a href={toHref('batches', { consumer, partition, trouble, before: batches.at(-1)?.batch })}>
                Older
              </a>
            )}
          </p>
        </Section>
      )}
    </>
  );
}

function Row({ batch }: { readonly batch: Batch }) {
  const { calls, discards, droppedCalls } = batch;
  const [first] = calls;
  const shown = findTelling(batch);
  const time = calls.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const name = `${batch.consumer} batch ${batch.batch}`;
  const spans = first?.delivered ?? discards.flatMap(({ ranges }) => ranges);
  return (
    <tr>
      <td class="time">{toExactClock(first?.startedAt ?? discards[0]?.at ?? 0)}</td>
      <td>{batch.consumer}</td>
      <td class="spans">
        {shown === undefined ? (
          toSpans(spans)
        ) : (
          <a href={toCallHref(shown.requestId)} aria-label={`${name}, ${toSpans(spans)}`}>
            {toSpans(spans)}
          </a>
        )}
      </td>
      <td class="num">{toCount(batch.records)}</td>
      <td class="num">{toCount(calls.length + droppedCalls)}</td>
      <td class="num">{toDuration(time)}</td>
      <td>
        <Badge word={batch.outcome} /> <span class="note">{toWhy(batch, shown)}</span>
      </td>
    </tr>
  );
}

/** The call that says most: the last one of the fewest records that failed, else the last one. */
function findTelling({ calls }: Batch): Call | undefined {
  const failed = calls.filter(({ status }) => status !== 'ok');
  const fewest = failed.reduce((least, { records }) => Math.min(least, records), Infinity);
  return failed.findLast(({ records }) => records === fewest) ?? calls.at(-1);
}

function toWhy({ discards, outcome }: Batch, call: Call | undefined): string {
  const [discard] = discards;
  const error = call?.errorType ?? '';
  if (discard === undefined) return outcome === 'ok' ? '' : error;
  return [error, discard.condition].filter((word) => word !== '').join(', ');
}
