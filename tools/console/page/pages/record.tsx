// One record: what became of it, its value on request, and running it again, as it is or edited, with the result beside the first one.
import { useState } from 'preact/hooks';
import type { RecordDetail, RunAgainRequest, RunAgainResult } from '../../record-wire.ts';
import { ask, useAction, useAsk } from '../api/ask.ts';
import { toAmount, toBytes, toDuration, toMb, toMoment } from '../format.ts';
import type { Live } from '../api/live.ts';
import { Badge, Empty, Fact, Failure, Logs, Section } from '../parts.tsx';
import { toCallHref, toHref } from '../route.ts';

/** Draws it. */
export function RecordPage({ live, rest }: { readonly live: Live; readonly rest: readonly string[] }) {
  const [consumer = '', partition = '', offset = ''] = rest;
  const query = new URLSearchParams({ consumer, partition, offset }).toString();
  const asked = useAsk<RecordDetail>(`/record?${query}`);
  const { data, error } = asked;
  if (error?.status === 404)
    return <Empty>The topic has no record at this place; retention may have deleted it.</Empty>;
  if (data === undefined)
    return error === undefined ? (
      <p class="note">Reading from Kafka; the first time takes a few seconds.</p>
    ) : (
      <Failure error={error} />
    );
  return <Detail consumer={consumer} record={data} refusal={live.info?.refusals.runAgain ?? null} />;
}

interface DetailProps {
  readonly consumer: string;
  readonly record: RecordDetail;
  readonly refusal: string | null;
}

function Detail({ consumer, record, refusal }: DetailProps) {
  const { partition, offset } = record;
  const [text, setText] = useState<string | undefined>(undefined);
  const again = useAction(
    async (value: string | undefined) =>
      await ask<RunAgainResult>('/run-again', {
        consumer,
        partition,
        offset,
        ...(value !== undefined && { value }),
      } satisfies RunAgainRequest),
  );
  const isEdited = text !== undefined && text !== record.value;
  return (
    <>
      <p class="lead">
        <Badge word={record.outcome} /> Record{' '}
        <b>
          {record.topic}-{partition}@{offset}
        </b>{' '}
        for <b>{consumer}</b>
        {record.attempts > 0 && `, in ${toAmount(record.attempts, 'invocation')}`}
        {record.code !== null && (
          <>
            , <code>{record.code}</code>
          </>
        )}
        .
      </p>
      <dl class="facts-row">
        <Fact name="Time">{toMoment(record.timestamp)}</Fact>
        <Fact name="Key">{record.key ?? 'none'}</Fact>
        <Fact name="Value">{record.valueBytes === null ? 'tombstone' : toBytes(record.valueBytes)}</Fact>
        <Fact name="Format">{record.format ?? 'no definition here'}</Fact>
        {record.headerPairs.map(([name, value]) => (
          <Fact name={`Header ${name}`}>{value}</Fact>
        ))}
      </dl>
      <Section
        title="Value"
        aside={
          text === undefined ? (
            <button
              type="button"
              onClick={() => setText(record.value ?? '')}
              disabled={record.value === null}
            >
              Show the value
            </button>
          ) : (
            <button type="button" onClick={() => setText(undefined)}>
              Hide
            </button>
          )
        }
      >
        {record.problem !== null && <p class="failure">The definition does not read it: {record.problem}</p>}
        {text === undefined ? (
          <p class="note">
            {record.shownAs === 'tombstone'
              ? 'A tombstone has no value.'
              : 'It is shown on request, since it may be private.'}
          </p>
        ) : (
          <textarea
            aria-label="Value"
            class="value"
            spellcheck={false}
            rows={Math.min(24, Math.max(4, text.split('\n').length))}
            value={text}
            readOnly={record.shownAs === 'bytes'}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        )}
        <div class="actions">
          <button
            type="button"
            class="primary"
            disabled={again.isBusy || refusal !== null}
            onClick={() => again.run(undefined)}
          >
            Run again
          </button>
          <button
            type="button"
            disabled={again.isBusy || refusal !== null || !isEdited}
            onClick={() => again.run(text)}
          >
            Run again as edited
          </button>
          <span class="note">
            {refusal ??
              'Calls the live function with this record alone: nothing is committed, what it writes is written.'}
          </span>
        </div>
      </Section>
      <Failure error={again.error} />
      <div class="columns" aria-live="polite">
        <First record={record} />
        {again.isBusy && <p class="note">Running</p>}
        {again.data !== undefined && <Again result={again.data} />}
      </div>
      {again.data !== undefined && (
        <Section title="Logs of the new run">
          <Logs lines={again.data.logs} />
        </Section>
      )}
      <p class="pager">
        <a href={toHref('records', { consumer, partition, offset })}>Records from here on</a>
        <a href={toHref('batches', { consumer, partition })}>Batches of this partition</a>
      </p>
    </>
  );
}

function First({ record }: { readonly record: RecordDetail }) {
  return (
    <Section title="First outcome">
      <p>
        <Badge word={record.outcome} /> {record.code !== null && <code>{record.code}</code>}
      </p>
      <p class="note">
        {record.requestId === null ? (
          'The invocation is not in the history.'
        ) : (
          <a href={toCallHref(record.requestId)}>The invocation</a>
        )}
      </p>
    </Section>
  );
}

function Again({ result }: { readonly result: RunAgainResult }) {
  return (
    <Section title="New outcome">
      <p>
        <Badge word={result.outcome} /> {result.code !== null && <code>{result.code}</code>}
        {result.errorType !== null && <code>{result.errorType}</code>}
      </p>
      {result.errorMessage !== null && <pre tabIndex={0}>{result.errorMessage}</pre>}
      <p class="note">
        {toDuration(result.durationMs)}
        {result.initMs !== null && `, after a cold start of ${toDuration(result.initMs)}`}, peak{' '}
        {toMb(result.memoryMb)}
      </p>
      {result.response !== null && (
        <pre tabIndex={0} aria-label="Response">
          {result.response}
        </pre>
      )}
    </Section>
  );
}
