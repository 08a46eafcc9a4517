// The overview: a row of live charts for each consumer, and the numbers that a person asks about first.
import type { ConsumerInfo, ConsumerState, HistoryState, Point } from '../../wire.ts';
import { Chart, shownSeconds } from '../charts/chart.tsx';
import { toAmount, toBytes, toClock, toCount, toMb } from '../format.ts';
import type { Live } from '../api/live.ts';
import { Empty } from '../parts.tsx';
import { toHref } from '../route.ts';

/** Draws it. */
export function OverviewPage({ live }: { readonly live: Live }) {
  const { overview, info, points } = live;
  if (overview === undefined) return <Empty>Waiting for the runner.</Empty>;
  return (
    <>
      <p class="run">
        {info !== undefined && (
          <>
            <code>tailrace {info.command}</code> since {toClock(info.startedAt)} on {info.kafka}.{' '}
          </>
        )}
        <History history={overview.history} />
      </p>
      {overview.consumers.length === 0 && <Empty>The consumers are starting.</Empty>}
      {overview.consumers.map((state) => (
        <Consumer
          key={state.consumer}
          state={state}
          info={info?.consumers.find(({ consumer }) => consumer === state.consumer)}
          points={(points.get(state.consumer) ?? []).slice(-shownSeconds)}
        />
      ))}
    </>
  );
}

function History({ history }: { readonly history: HistoryState }) {
  const { batches, droppedBatches, oldestAt, bytes } = history;
  if (batches === 0 && droppedBatches === 0) return <>No batch yet.</>;
  return (
    <>
      {toAmount(batches, 'kept batch').replace(/batchs$/, 'batches')}
      {oldestAt !== null && `, since ${toClock(oldestAt)}`}, {toBytes(bytes)}
      {droppedBatches > 0 && `; ${toCount(droppedBatches)} older ones were dropped`}.
    </>
  );
}

function Consumer({
  state,
  info,
  points,
}: {
  readonly state: ConsumerState;
  readonly info: ConsumerInfo | undefined;
  readonly points: readonly Point[];
}) {
  const { consumer } = state;
  const letters = state.deadLettered + state.discarded;
  return (
    <section class="panel consumer" aria-label={`Consumer ${consumer}`}>
      <div class="panel-head">
        <h2>{consumer}</h2>
        <span class="note">
          {info?.topic}, {toAmount(state.partitions.length, 'partition')}, {toAmount(state.pollers, 'poller')}
        </span>
        {state.stopped !== null && <strong class="failure">stopped: {state.stopped}</strong>}
      </div>
      <div class="charts">
        <Lag state={state} points={points} />
        <Rate state={state} points={points} />
        <Calls state={state} points={points} />
        <Memory state={state} points={points} limitMb={info?.memoryMb ?? 0} />
      </div>
      <ul class="facts">
        <li>
          <b>{toCount(state.done)}</b> processed
        </li>
        <li>
          <b>{toCount(state.redelivered)}</b> redelivered
        </li>
        {state.filtered > 0 && (
          <li>
            <b>{toCount(state.filtered)}</b> filtered out
          </li>
        )}
        {state.skipped > 0 && (
          <li>
            <b>{toCount(state.skipped)}</b> skipped
          </li>
        )}
        <li class={state.failedInvocations > 0 ? 'has' : ''}>
          <a href={toHref('batches', { consumer, trouble: 1 })}>
            <b>{toCount(state.failedInvocations)}</b> failed{' '}
            {state.failedInvocations === 1 ? 'invocation' : 'invocations'}
          </a>
        </li>
        <li class={letters > 0 ? 'has' : ''}>
          <a href={toHref('dead-letters', { consumer })}>
            <b>{toCount(letters)}</b> dead {letters === 1 ? 'letter' : 'letters'}
          </a>
        </li>
      </ul>
    </section>
  );
}

interface FigureProps {
  readonly state: ConsumerState;
  readonly points: readonly Point[];
}

const lineColors = ['--line-1', '--line-2', '--line-3', '--line-4', '--line-5', '--line-6'];

function Lag({ state, points }: FigureProps) {
  const worst = state.partitions
    .map(({ partition, committed, end }) => ({ partition, lag: Math.max(0, end - committed) }))
    .toSorted((a, b) => b.lag - a.lag)[0];
  const words = `Lag ${toAmount(state.lag, 'record')}${
    worst !== undefined && worst.lag > 0
      ? `, most in partition ${worst.partition} with ${toCount(worst.lag)}`
      : ''
  }`;
  return (
    <figure>
      <figcaption>
        <span>Lag by partition</span>
        <b>{toCount(state.lag)}</b>
      </figcaption>
      <Chart
        at={points.map(({ at }) => at)}
        words={words}
        format={toAxis}
        lines={state.partitions.map(({ partition }, index) => ({
          label: `partition ${partition}`,
          color: lineColors[index % lineColors.length] ?? '--accent',
          values: points.map(({ lag }) => lag[index] ?? null),
        }))}
      />
    </figure>
  );
}

function Rate({ state, points }: FigureProps) {
  const now = points.at(-1)?.records ?? 0;
  return (
    <figure>
      <figcaption>
        <span>Records/s</span>
        <b>{toCount(now)}</b>
      </figcaption>
      <Chart
        at={points.map(({ at }) => at)}
        words={`${toCount(now)} records a second, ${toCount(state.done)} processed so far`}
        format={toAxis}
        lines={[
          {
            label: 'records',
            color: '--accent',
            isFilled: true,
            values: points.map(({ records }) => records),
          },
        ]}
      />
    </figure>
  );
}

function Calls({ state, points }: FigureProps) {
  const now = points.at(-1)?.calls ?? 0;
  return (
    <figure>
      <figcaption>
        <span>
          Invocations/s <i class="key bad">failed</i>
        </span>
        <b>{toCount(now)}</b>
      </figcaption>
      <Chart
        at={points.map(({ at }) => at)}
        words={`${toCount(now)} invocations a second, ${toCount(state.failedInvocations)} of ${toCount(state.invocations)} have failed`}
        format={toAxis}
        lines={[
          { label: 'invocations', color: '--accent', values: points.map(({ calls }) => calls) },
          { label: 'failed', color: '--bad', isFilled: true, values: points.map(({ failed }) => failed) },
        ]}
      />
    </figure>
  );
}

function Memory({ state, points, limitMb }: FigureProps & { readonly limitMb: number }) {
  return (
    <figure>
      <figcaption>
        <span>
          Memory <i class="key accent">resident</i> <i class="key good">alive</i>
        </span>
        <b>
          {toCount(state.peakMemoryMb)} of {toMb(limitMb)}
        </b>
      </figcaption>
      <Chart
        at={points.map(({ at }) => at)}
        words={`Memory: limit ${toMb(limitMb)}, peak ${toMb(state.peakMemoryMb)}, alive at most ${state.liveMb === null ? 'unknown' : toMb(state.liveMb)}`}
        format={toAxis}
        least={limitMb}
        lines={[
          { label: 'limit', color: '--muted', isDashed: true, values: points.map(() => limitMb) },
          { label: 'resident', color: '--accent', values: points.map(({ rssMb }) => rssMb) },
          { label: 'alive at most', color: '--good', values: points.map(({ liveMb }) => liveMb) },
        ]}
      />
    </figure>
  );
}

function toAxis(value: number): string {
  if (value >= 1_000_000) return `${value / 1_000_000}M`;
  return value >= 10_000 ? `${value / 1000}k` : String(value);
}
