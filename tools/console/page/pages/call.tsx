// One invocation, by its permanent link: where it stands in its batch, its records, its answer, its memory and its lines.
import { useEffect, useState } from 'preact/hooks';
import type { Batch, Call, CallDetail, MemoryFigures, NamedRecord, OffsetSpan } from '../../wire.ts';
import { useAsk } from '../api/ask.ts';
import { toTree, type BatchNode } from '../charts/batch-tree.ts';
import { toAmount, toBytes, toCount, toDuration, toMb, toMoment, toSpans } from '../format.ts';
import type { Live } from '../api/live.ts';
import { Badge, Empty, Fact, Failure, Logs, Section } from '../parts.tsx';
import { toCallHref, toHref, toRecordHref } from '../route.ts';

const restMs = 60_000;

/** Draws it. */
export function CallPage({ requestId, live }: { readonly requestId: string; readonly live: Live }) {
  const [settled, setSettled] = useState('');
  const now = live.overview?.at ?? 0;
  // A batch goes on after one of its calls; one that has rested for a while is done.
  const asked = useAsk<CallDetail>(`/call?id=${requestId}`, settled === requestId ? 0 : now);
  const lastAt = asked.data?.batch.calls.at(-1)?.startedAt ?? now;
  useEffect(() => {
    if (now - lastAt > restMs) setSettled(requestId);
  }, [requestId, now - lastAt > restMs]);
  const { data, error } = asked;
  if (error?.status === 404)
    return (
      <Empty>
        This invocation is not in the history: it is of another run, or was dropped to make room. The newest
        are under <a href={toHref('batches')}>batches</a>.
      </Empty>
    );
  if (data === undefined)
    return error === undefined ? <p class="note">Loading</p> : <Failure error={error} />;
  return <Detail detail={data} />;
}

function Detail({ detail }: { readonly detail: CallDetail }) {
  const { call, batch } = detail;
  return (
    <>
      <p class="lead">
        <Badge word={call.status} /> <b>{batch.consumer}</b> was invoked with{' '}
        {toAmount(call.records, 'record')}
        {call.failed > 0 && call.failed < call.records && `, of which ${toCount(call.failed)} failed`}
        {call.errorType !== null && (
          <>
            {' '}
            and ended in <code>{call.errorType}</code>
          </>
        )}
        .
      </p>
      <dl class="facts-row">
        <Fact name="Began">{toMoment(call.startedAt)}</Fact>
        <Fact name="Duration">{toDuration(call.durationMs)}</Fact>
        {call.initMs !== null && <Fact name="Cold start">{toDuration(call.initMs)}</Fact>}
        <Fact name="Environment">{call.environment === null ? 'none' : `number ${call.environment}`}</Fact>
        <Fact name="Request id">
          <code>{call.requestId}</code>
        </Fact>
      </dl>
      <div class="columns">
        <div>
          <Tree batch={batch} current={call.requestId} />
          <Records detail={detail} />
        </div>
        <div>
          <Memory detail={detail} />
          {detail.errorMessage !== null && (
            <Section title="Error">
              <pre tabIndex={0} aria-label="Error">
                {[`${call.errorType ?? 'Error'}: ${detail.errorMessage}`, ...detail.trace.slice(0, 12)].join(
                  '\n',
                )}
              </pre>
            </Section>
          )}
          <Section title="Response">
            {detail.response === null ? (
              <Empty>There was none.</Empty>
            ) : (
              <pre tabIndex={0} aria-label="Response">
                {toPretty(detail.response)}
              </pre>
            )}
          </Section>
          {detail.report !== null && (
            <Section title="REPORT line">
              <pre tabIndex={0} aria-label="REPORT line">
                {toReportText(detail.report)}
              </pre>
            </Section>
          )}
        </div>
      </div>
      <Section title="Logs" aside={<span class="note">in the function's own words</span>}>
        <Logs lines={detail.logs} dropped={detail.droppedLogs} />
      </Section>
    </>
  );
}

function Tree({ batch, current }: { readonly batch: Batch; readonly current: string }) {
  const root = toTree(batch);
  const count = batch.calls.length + batch.droppedCalls;
  return (
    <Section
      title={`Batch ${batch.batch}`}
      aside={
        <span class="note">
          {toAmount(count, 'call')} <Badge word={batch.outcome} />
        </span>
      }
    >
      {root !== undefined && (
        <ol class="tree" aria-label="Retries and bisection">
          <Node node={root} current={current} />
        </ol>
      )}
      {batch.droppedCalls > 0 && (
        <p class="note">{toAmount(batch.droppedCalls, 'call')} between were not kept.</p>
      )}
      {batch.discards.map((discard) => (
        <p class="discard">
          <Badge word="discarded" /> {toAmount(discard.records, 'record')} ({toSpans(discard.ranges)}):{' '}
          {discard.condition}
          {discard.target !== null && (
            <>
              , kept at <code>{discard.target}</code>
            </>
          )}
          {discard.error !== null && <span class="failure">, lost: {discard.error}</span>}
          {discard.target === null && discard.error === null && ', dropped: the mapping has no destination'}
        </p>
      ))}
    </Section>
  );
}

function Node({ node, current }: { readonly node: BatchNode; readonly current: string }) {
  return (
    <li>
      <div class="node">
        <span class="what">{node.what}</span>
        <span class="spans">{toSpans(node.spans, 2)}</span>
        <span class="note">{toAmount(node.records, 'record')}</span>
        <span class="calls">
          {node.calls.map((call, index) => (
            <a
              href={toCallHref(call.requestId)}
              class={`attempt ${toneOf(call)}`}
              aria-current={call.requestId === current ? 'true' : undefined}
              aria-label={`${node.what} ${toSpans(node.spans, 2)}, call ${index + 1}: ${call.status} ${toDuration(call.durationMs)}`}
            >
              {call.status} {toDuration(call.durationMs)}
            </a>
          ))}
        </span>
      </div>
      {node.children.length > 0 && (
        <ol>
          {node.children.map((child) => (
            <Node node={child} current={current} />
          ))}
        </ol>
      )}
    </li>
  );
}

function toneOf({ status }: Call): string {
  return status === 'ok' ? 'good' : status === 'partial' ? 'warn' : 'bad';
}

const rowsAtFirst = 20;

function Records({ detail }: { readonly detail: CallDetail }) {
  const { call, batch, named } = detail;
  const [most, setMost] = useState(rowsAtFirst);
  const names = new Map(
    named.map((each): [string, NamedRecord] => [`${each.partition}@${each.offset}`, each]),
  );
  // What failed or is named comes first: among ten thousand records it is what a person looks for.
  const places = [...call.unresolved, ...toPlaces(named), ...call.delivered].flatMap(toOffsets);
  const unique = [...new Map(places.map((place) => [`${place.partition}@${place.offset}`, place])).entries()];
  return (
    <Section title="Records" aside={<span class="note">{toSpans(call.delivered)}</span>}>
      <ul class="records">
        {unique.slice(0, most).map(([name, { partition, offset }]) => {
          const said = names.get(name);
          const isFailed = call.unresolved.some(
            (span) => span.partition === partition && offset >= span.from && offset < span.to,
          );
          return (
            <li>
              <a href={toRecordHref(batch.consumer, partition, offset)}>{name}</a>
              {isFailed && <Badge word="failed" />}
              {said !== undefined && (
                <span class="note">
                  {said.message}
                  {said.code !== null && (
                    <>
                      {' '}
                      <code>{said.code}</code>
                    </>
                  )}
                </span>
              )}
            </li>
          );
        })}
      </ul>
      {unique.length > most && (
        <button type="button" onClick={() => setMost(most * 5)}>
          Show more of {toCount(unique.length)}
        </button>
      )}
    </Section>
  );
}

function toPlaces(named: CallDetail['named']): readonly OffsetSpan[] {
  return named.map(({ partition, offset }) => ({ partition, from: offset, to: offset + 1 }));
}

function toOffsets({ partition, from, to }: OffsetSpan): readonly { partition: number; offset: number }[] {
  return Array.from({ length: to - from }, (_, index) => ({ partition, offset: from + index }));
}

function Memory({ detail }: { readonly detail: CallDetail }) {
  const { call, memory } = detail;
  const share = memory.limitMb === 0 ? 0 : call.memoryMb / memory.limitMb;
  const rows = [
    ['Resident, highest', 'rssBytes'],
    ['Heap in use', 'heapUsedBytes'],
    ['Outside the heap', 'externalBytes'],
  ] as const;
  return (
    <Section
      title="Memory"
      aside={
        <span class="note">
          peak {toMb(call.memoryMb)} of {toMb(memory.limitMb)}
        </span>
      }
    >
      <meter
        min={0}
        max={1}
        high={0.9}
        value={Math.min(1, share)}
        aria-label={`Peak ${toMb(call.memoryMb)} of ${toMb(memory.limitMb)}`}
      />
      {memory.after === null ? (
        <p class="note">The function has told no more; it runs without Tailrace's runtime, or died before.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>Bytes</th>
              <th class="num">Before</th>
              <th class="num">After</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, field]) => (
              <tr>
                <td>{name}</td>
                <td class="num">{toCell(memory.before, field)}</td>
                <td class="num">{toCell(memory.after, field)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function toCell(figures: MemoryFigures | null, field: keyof MemoryFigures): string {
  const bytes = figures?.[field] ?? null;
  return bytes === null ? '–' : toBytes(bytes);
}

/** JSON indented, or the fields of the text form a line each. */
function toReportText(report: string): string {
  return report.startsWith('{') ? toPretty(report) : report.replaceAll('\t', '\n');
}

function toPretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    // A function may answer what it likes.
    return text === '' ? '(empty)' : text;
  }
}
